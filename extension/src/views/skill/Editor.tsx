/**
 * The file as a form and as text, side by side, with what is wrong with it.
 *
 * One of them is written in at a time. Saving the form sends one change a key, each with the digest of the file that
 * it is meant for; saving the text sends the text. Then it is shown which lines that changed, and it can be taken back.
 */
import React, { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { Answer, Client } from '../../client/client';
import { useAction } from '../../components/hooks';
import { Icon } from '../../components/Icon';
import { Sentence } from '../../components/Sentence';
import type { Skill } from '../../protocol';
import { About } from './About';
import { Clients } from './Clients';
import { CodeArea, type CodeHandle } from './CodeArea';
import { Diagnostics } from './Diagnostics';
import { isLocked, type Editing } from './editing';
import { around, changed, compare, told } from './diff';
import { DiffView } from './DiffView';
import { Fields } from './Fields';
import { marksOf, pageText, remaining, requests, type Edits } from './state';
import { useLint } from './useLint';

interface Props {
  client: Client;
  skill: Skill;
  take: (skill: Skill) => void;
  reload: () => void;
  /** Something is typed and not saved. */
  hold: (held: boolean) => void;
  /** What saves it, for the key that is pressed anywhere on the page. */
  save: React.MutableRefObject<() => Promise<boolean>>;
  editing: Editing;
}

interface Saved {
  readonly before: string;
  readonly after: string;
}

const NO_EDITS: Edits = {};

export function Editor(props: Props): React.ReactElement {
  const { client, skill: read, take, reload, hold, save: saving, editing } = props;
  const [edits, setEdits] = useState(NO_EDITS);
  const [draft, setDraft] = useState<string | null>(null);
  const typed = useRef({ edits, draft });
  typed.current = { edits, draft };
  const count = Object.keys(edits).length;
  const dirty = draft !== null || count > 0;
  // What is typed is meant for the file that it was begun on, whatever is read meanwhile: else another one's change, which
  // nobody has seen here, would be saved away.
  const base = useRef(read);
  if (!dirty) {
    base.current = read;
  }
  const skill = base.current;
  const [last, setSaved] = useState<Saved | null>(null);
  const action = useAction();
  const code = useRef<CodeHandle>(null);
  const text = pageText(skill.text);
  // Once the file is another one again, taking the change back would take back more than that.
  const saved = last?.after === text ? last : null;
  const readOnly = editing.elsewhere && !dirty;
  const linted = useLint(client, skill.name, draft);
  const diagnostics = draft !== null && linted ? linted : skill.diagnostics;
  const marks = useMemo(() => marksOf(diagnostics), [diagnostics]);
  useEffect(() => {
    hold(dirty);
    return () => hold(false);
  }, [dirty, hold]);

  // While another text is being saved, going back to this one is a change too.
  const write = useCallback(
    (value: string) => setDraft(value === text && !action.busy ? null : value),
    [text, action.busy]
  );
  const rebase = (next: Skill): void => {
    base.current = next;
    take(next);
  };
  const send = async (): Promise<void> => {
    let now = skill;
    const keep = ({ skill: next }: Answer<'skills.edit'>): void => {
      now = next;
      rebase(next);
    };
    try {
      if (draft !== null) {
        keep(await client.call('skills.edit', { name: skill.name, text: draft, base: now.digest }));
        // What was typed since is another draft.
        setDraft(before => (before === draft ? null : before));
      } else {
        for (const { key, value } of requests(edits)) {
          const change = { name: skill.name, edits: [{ key, value }], base: now.digest };
          keep(await client.call('skills.edit', change));
        }
      }
    } finally {
      setEdits(before => remaining(before, now.fields));
      setSaved({ before: text, after: pageText(now.text) });
    }
  };
  const save = async (): Promise<boolean> => {
    const done = !dirty || (await action.run(send));
    // What was sent may not have been taken from the screen yet; what is another is not saved.
    const { draft: text, edits: others } = typed.current;
    const sent = Object.entries(others).every(([key, value]) => value === edits[key]);
    return done && sent && (text === null || text === draft);
  };
  const readAgain = (): Promise<boolean> =>
    action.run(async () => rebase(await client.call('skills.get', { name: skill.name })));
  const back = (): Promise<boolean> =>
    action.run(async () => {
      const ask = { name: skill.name, text: saved?.before ?? '', base: skill.digest };
      const { skill: next } = await client.call('skills.edit', ask);
      // A text that has been typed meanwhile stands on the file as it was before; keys go on top of any.
      (typed.current.draft === null ? rebase : take)(next);
      setSaved(null);
    });
  const reveal = (line: number, column: number): void => code.current?.reveal(line, column);
  const discard = (): void => {
    setEdits(NO_EDITS);
    setDraft(null);
    action.forget();
  };
  saving.current = save;
  const stale = action.failure?.facts?.reason === 'changed' || action.failure?.kind === 'changed';
  const lines = useMemo(
    () => changed(draft === null ? (saved?.before ?? text) : text, draft ?? text),
    [draft, saved, text]
  );
  return (
    <div className="wb-editor">
      <div className="wb-editor-form" role="group" aria-label="Form">
        <Fields
          skill={skill}
          edits={edits}
          change={setEdits}
          saving={action.busy}
          locked={formLock(skill, draft, readOnly)}
        />
        <About client={client} skill={read} changed={reload} />
      </div>
      <div className="wb-editor-text" role="group" aria-label="Text">
        <div className="wb-editor-scroll">
          <CodeArea
            ref={code}
            label="SKILL.md"
            value={draft ?? text}
            change={write}
            readOnly={!skill.utf8 || count > 0 || readOnly}
            marks={marks}
            changed={lines}
          />
        </div>
      </div>
      <div className="wb-editor-bar">
        {!skill.utf8 && (
          <p className="wb-notice" data-severity="warning">
            <Icon name="warning" />
            <span>The file is not UTF-8, so it cannot be written here as text. A fix can mend that.</span>
          </p>
        )}
        {action.failure && (
          <Sentence failure={action.failure}>
            {stale && (
              <button type="button" className="wb-button" onClick={() => void readAgain()}>
                <Icon name="refresh" /> Read it again, keep what I typed
              </button>
            )}
            {isLocked(action.failure) && (
              <button
                type="button"
                className="wb-button"
                title="What is typed there can then not be saved while you edit here."
                onClick={() => void action.run(editing.takeOver)}
              >
                Edit it here instead
              </button>
            )}
          </Sentence>
        )}
        {dirty && (
          <div className="wb-save" role="group" aria-label="Not saved">
            <button
              type="button"
              className="wb-button wb-primary"
              aria-disabled={action.busy}
              onClick={() => void save()}
            >
              {action.busy ? <span className="wb-spinner" /> : <Icon name="check" />} Save
            </button>
            <button type="button" className="wb-button" onClick={discard}>
              Discard
            </button>
            <span className="wb-hint">
              {draft === null
                ? count === 1
                  ? '1 key changed.'
                  : `${count} keys changed, one version each.`
                : told(compare(text, draft))}
            </span>
          </div>
        )}
        {!dirty && saved && (
          <SavedNote saved={saved} busy={action.busy} undo={() => void back()} close={() => setSaved(null)} />
        )}
      </div>
      <div className="wb-editor-below">
        <Clients clients={skill.clients} draft={draft !== null} reveal={reveal} />
        <Diagnostics
          client={client}
          skill={skill}
          diagnostics={diagnostics}
          draft={draft !== null}
          held={dirty}
          reveal={reveal}
          fixed={reload}
        />
      </div>
    </div>
  );
}

function formLock(skill: Skill, draft: string | null, readOnly: boolean): string | null {
  if (readOnly) {
    return 'It is being edited in another window.';
  }
  if (!skill.utf8) {
    return 'The file is not UTF-8: it has to be mended before its keys can be changed.';
  }
  return draft === null ? null : 'The text is being written. Save or discard it to go on here.';
}

interface SavedProps {
  saved: Saved;
  busy: boolean;
  undo: () => void;
  close: () => void;
}

function SavedNote({ saved, busy, undo, close }: SavedProps): React.ReactElement {
  const rows = useMemo(() => compare(saved.before, saved.after), [saved]);
  return (
    <div className="wb-saved" role="group" aria-label="What was saved">
      <div className="wb-done-line">
        <Icon name="check" />
        <span role="status">Saved. {told(rows)}</span>
        <button type="button" className="wb-button" aria-disabled={busy} onClick={undo}>
          <Icon name="undo" /> Undo
        </button>
        <button type="button" className="wb-quiet" aria-label="Close this note" onClick={close}>
          <Icon name="cross" />
        </button>
      </div>
      <DiffView label="Lines that changed" rows={around(rows, 1)} />
    </div>
  );
}
