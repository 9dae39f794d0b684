/**
 * What a person has typed and not saved, as pure values over the skill as it was read.
 *
 * A form says what single keys are to be, the text says what the whole file is to be; never both at once, because only one
 * of them could be right. Values are text, as they stand in the file; an empty one takes the key out.
 */
import type { Diagnostic, Skill } from '../../protocol';

export type Path = readonly string[];

export interface Field {
  readonly path: Path;
  readonly label: string;
  readonly kind: 'line' | 'text' | 'switch';
  readonly hint?: string;
  /** How many characters it may have. */
  readonly most?: number;
}

/** By key of the path. */
export type Edits = { readonly [key: string]: string };

export const keyOf = (path: Path): string => JSON.stringify(path);

/** Keys of the specification, which every skill is offered. */
const COMMON: readonly Field[] = [
  {
    path: ['description'],
    label: 'Description',
    kind: 'text',
    hint: 'What it does and when to use it: agents choose a skill by this alone.',
    most: 1024
  },
  { path: ['license'], label: 'License', kind: 'line' },
  {
    path: ['compatibility'],
    label: 'Compatibility',
    kind: 'line',
    hint: 'What it needs: programs, network, a certain agent.',
    most: 500
  },
  {
    path: ['allowed-tools'],
    label: 'Allowed tools',
    kind: 'line',
    hint: 'Tools that it may use without asking.'
  }
];

/** Keys that Claude Code alone reads. */
const CLAUDE: readonly Field[] = [
  { path: ['model'], label: 'Model', kind: 'line' },
  {
    path: ['argument-hint'],
    label: 'Argument hint',
    kind: 'line',
    hint: 'Shown behind the command, such as [file].'
  },
  { path: ['user-invocable'], label: 'Offered to people as a command', kind: 'switch' },
  { path: ['disable-model-invocation'], label: 'Hidden from the model', kind: 'switch' }
];

/** Of the name the folder has to know too, so it is changed by renaming. */
const ELSEWHERE = new Set(['name']);

export interface Form {
  readonly common: readonly Field[];
  readonly claude: readonly Field[];
  /** Other keys that the file has, with a value that one line can say. */
  readonly others: readonly Field[];
  /** Keys whose value only the text can say. */
  readonly structured: readonly string[];
}

/** What the form asks, for the front matter that there is. */
export function formOf(fields: Skill['fields']): Form {
  const version: Field = { path: versionIn(fields), label: 'Version', kind: 'line' };
  const asked = [...COMMON, version, ...CLAUDE];
  const known = new Set(asked.map(({ path }) => keyOf(path)));
  const others: Field[] = [];
  const structured: string[] = [];
  const look = (path: Path, value: unknown): void => {
    if (typeof value === 'string') {
      if (!known.has(keyOf(path)) && !ELSEWHERE.has(path[0])) {
        others.push({ path, label: path.join(' › '), kind: value.includes('\n') ? 'text' : 'line' });
      }
    } else if (path.length === 1 && isMap(value)) {
      Object.entries(value).forEach(([key, each]) => look([...path, key], each));
    } else {
      structured.push(path.join(' › '));
    }
  };
  Object.entries(fields).forEach(([key, value]) => look([key], value));
  const plain = (field: Field): boolean => !structured.includes(field.path.join(' › '));
  return { common: [...COMMON, version].filter(plain), claude: CLAUDE.filter(plain), others, structured };
}

/** The specification keeps it in the metadata; where it stands on top already, it stays there. */
const versionIn = (fields: Skill['fields']): Path =>
  typeof fields.version === 'string' ? ['version'] : ['metadata', 'version'];

const isMap = (value: unknown): value is { [key: string]: unknown } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What the file says; empty where it says nothing. */
export function valueOf(fields: Skill['fields'], path: Path): string {
  let value: unknown = fields;
  for (const key of path) {
    value = isMap(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  }
  return typeof value === 'string' ? value : '';
}

/** The edits with another one; one that says what the file says is none. */
export function typed(edits: Edits, fields: Skill['fields'], path: Path, value: string): Edits {
  const { [keyOf(path)]: _, ...others } = edits;
  return value === valueOf(fields, path) ? others : { ...others, [keyOf(path)]: value };
}

/** What is left of the edits over a file that has changed. */
export function remaining(edits: Edits, fields: Skill['fields']): Edits {
  return Object.fromEntries(
    Object.entries(edits).filter(([key, value]) => valueOf(fields, JSON.parse(key) as Path) !== value)
  );
}

export interface Edit {
  readonly key: string | string[];
  readonly value: string | null;
}

/** One request a key. */
export function requests(edits: Edits): readonly Edit[] {
  return Object.entries(edits).map(([key, value]) => {
    const path = JSON.parse(key) as string[];
    return { key: path.length === 1 ? path[0] : path, value: value === '' ? null : value };
  });
}

/** A page's line ends are `\n`; the server gives a text the file's own. */
export const pageText = (text: string): string => text.replace(/\r\n?/g, '\n');

const RANKS: { readonly [severity: string]: number } = { error: 0, warning: 1, info: 2 };

const rankOf = (severity: string): number => RANKS[severity] ?? 3;

/** The gravest first; of equals the first in the file. */
export const gravest = (diagnostics: readonly Diagnostic[]): Diagnostic[] =>
  [...diagnostics].sort((a, b) => rankOf(a.severity) - rankOf(b.severity) || a.line - b.line);

/** For each line that has one, its gravest severity and all that is said of it. */
export function marksOf(
  diagnostics: readonly Diagnostic[]
): ReadonlyMap<number, { severity: string; says: string }> {
  const marks = new Map<number, { severity: string; says: string }>();
  for (const { line, severity, message } of gravest(diagnostics)) {
    const before = marks.get(line);
    marks.set(line, {
      severity: before?.severity ?? severity,
      says: before ? `${before.says}\n${message}` : message
    });
  }
  return marks;
}

export function counted(diagnostics: readonly Diagnostic[]): {
  errors: number;
  warnings: number;
  notes: number;
} {
  const of = (severity: string): number => diagnostics.filter(each => each.severity === severity).length;
  const [errors, warnings] = [of('error'), of('warning')];
  return { errors, warnings, notes: diagnostics.length - errors - warnings };
}
