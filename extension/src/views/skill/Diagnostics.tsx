/** What is wrong with the file, the gravest first; a click leads to the place, a fix is shown as a difference before it is made. */
import React, { useRef, useState } from 'react';
import type { Client } from '../../client/client';
import { useAction } from '../../components/hooks';
import { Icon } from '../../components/Icon';
import { plain } from '../../components/plain';
import { Sentence } from '../../components/Sentence';
import { plural } from '../../components/format';
import type { Diagnostic, Skill } from '../../protocol';
import { read } from './diff';
import { DiffView } from './DiffView';
import { counted, gravest } from './state';
import { UNSAVED } from './words';

interface Props {
  client: Client;
  skill: Skill;
  diagnostics: readonly Diagnostic[];
  /** They are of a text that is not saved. */
  draft: boolean;
  /** Something is typed and not saved: a fix would be under it. */
  held: boolean;
  reveal: (line: number, column: number) => void;
  fixed: () => void;
}

/** What a fix would do to which file. */
interface Proposal {
  readonly of: string;
  readonly ask: { readonly rule?: string; readonly line?: number };
  readonly diff: string;
  readonly base: string;
}

const LEVELS: { readonly [level: string]: string } = {
  spec: 'Specification',
  client: 'Client',
  style: 'Style',
  security: 'Security'
};
const ICONS = { error: 'cross', warning: 'warning', info: 'info' } as const;
const MOST = 100;

export function Diagnostics(props: Props): React.ReactElement {
  const { client, skill, diagnostics, draft, held, reveal, fixed } = props;
  const [proposal, setProposal] = useState<Proposal | null>(null);
  const [whole, setWhole] = useState(false);
  const action = useAction();
  const list = useRef<HTMLElement>(null);
  const { errors, warnings, notes } = counted(diagnostics);
  const fixable = diagnostics.filter(({ fix }) => fix !== null).length;
  const propose = (of: string, ask: Proposal['ask']): Promise<boolean> =>
    action.run(async () => {
      const { skills } = await client.call('skills.fix', { names: [skill.name], ...ask });
      const found = skills[0];
      setProposal({ of, ask, diff: found?.diff ?? '', base: found?.base ?? skill.digest });
    });
  const apply = ({ ask, base }: Proposal): Promise<boolean> =>
    action.run(async () => {
      const { skills } = await client.call('skills.fix', {
        names: [skill.name],
        ...ask,
        apply: true,
        bases: { [skill.name]: base }
      });
      const failed = skills.find(each => each.failure);
      if (failed?.failure) {
        throw new Error(failed.failure);
      }
      close();
      fixed();
    });
  const close = (): void => {
    setProposal(null);
    action.forget();
    list.current?.focus({ preventScroll: true });
  };
  const shown = gravest(diagnostics).slice(0, whole ? undefined : MOST);
  return (
    <section className="wb-problems" aria-label="Problems" tabIndex={-1} ref={list}>
      <header>
        <b>Problems</b>
        <span className="wb-hint" role="status">
          {diagnostics.length === 0
            ? 'none'
            : [
                errors && plural(errors, 'error'),
                warnings && plural(warnings, 'warning'),
                notes && plural(notes, 'note')
              ]
                .filter(Boolean)
                .join(' · ')}
          {draft && ' in the text as you wrote it'}
        </span>
        <span className="wb-spring" />
        {fixable > 1 && !held && (
          <button
            type="button"
            className="wb-button"
            onClick={() => void propose('all that can be mended', {})}
          >
            Fix all {fixable}…
          </button>
        )}
      </header>
      {action.failure && <Sentence failure={action.failure} />}
      {proposal && (
        <Preview
          proposal={proposal}
          busy={action.busy || held}
          apply={() => void (held || apply(proposal))}
          cancel={close}
        />
      )}
      <ul>
        {shown.map((each, i) => (
          <li key={`${each.rule}:${each.line}:${each.column}:${i}`} data-severity={each.severity}>
            <span className="wb-problem-icon" role="img" aria-label={each.severity}>
              <Icon name={ICONS[each.severity as keyof typeof ICONS] ?? 'info'} />
            </span>
            <div>
              <p>{plain(each.message)}</p>
              <span className="wb-problem-facts">
                <button type="button" className="wb-more" onClick={() => reveal(each.line, each.column)}>
                  Line {each.line}
                </button>
                <small>
                  {LEVELS[each.level] ?? plain(each.level)} · {plain(each.rule)}
                </small>
              </span>
            </div>
            {each.fix && (
              <button
                type="button"
                className="wb-button"
                aria-disabled={held}
                aria-label={`Fix: ${plain(each.message)}`}
                title={held ? UNSAVED : 'See what it would change'}
                onClick={() => !held && void propose(each.message, { rule: each.rule, line: each.line })}
              >
                Fix…
              </button>
            )}
          </li>
        ))}
      </ul>
      {diagnostics.length > shown.length && (
        <button type="button" className="wb-more" onClick={() => setWhole(true)}>
          Show the other {diagnostics.length - shown.length}
        </button>
      )}
    </section>
  );
}

interface PreviewProps {
  proposal: Proposal;
  busy: boolean;
  apply: () => void;
  cancel: () => void;
}

function Preview({ proposal, busy, apply, cancel }: PreviewProps): React.ReactElement {
  const rows = read(proposal.diff);
  return (
    <div
      className="wb-proposal"
      role="group"
      aria-label="What the fix would change"
      onKeyDown={event => event.key === 'Escape' && cancel()}
    >
      <p>
        <b>{rows.length ? 'This would change:' : 'Nothing would change.'}</b>{' '}
        <span className="wb-hint">{plain(proposal.of)}</span>
      </p>
      {rows.length > 0 && <DiffView label="Changes of the fix" rows={rows} />}
      <div className="wb-buttons">
        {rows.length > 0 && (
          <button
            type="button"
            className="wb-button wb-primary"
            autoFocus
            aria-disabled={busy}
            onClick={apply}
          >
            <Icon name="check" /> Apply
          </button>
        )}
        <button type="button" className="wb-button" onClick={cancel}>
          {rows.length ? 'Leave it' : 'Close'}
        </button>
      </div>
    </div>
  );
}
