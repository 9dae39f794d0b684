/** The one question, and beside it what was suggested from its answer: to be taken as it is, or changed. */
import React, { useEffect, useId, useMemo, useRef, useState } from 'react';
import type { Client } from '../../client/client';
import { useAction, useReading } from '../../components/hooks';
import { Fold } from '../../components/Fold';
import { Icon } from '../../components/Icon';
import { plain } from '../../components/plain';
import { Sentence } from '../../components/Sentence';
import type { DefinitionRow, ExampleRow, VariableField } from '../../protocol';
import type { Host } from '../host';
import { useLeaveGuard } from '../skill/leaving';
import { suggested as nearest } from '../skills/naming';
import { TagsInput } from '../skills/TagsInput';
import { PURPOSES, wordOf, type Purpose } from '../skills/words';
import { Cells } from './Cells';
import {
  EMPTY,
  exemplified,
  isTyped,
  missingIn,
  requestOf,
  shownOf,
  type Draft,
  type Suggested
} from './state';
import { Proposal } from './Proposal';
import { useSuggested } from './useSuggested';
import { Examples, Ways } from './Ways';

interface Props {
  client: Client;
  host: Host;
  /** An example to begin with. */
  example: string | undefined;
  made: (skill: string) => void;
}

const NO_WORKFLOWS: readonly DefinitionRow[] = [];
const NO_EXAMPLES: readonly ExampleRow[] = [];

export function Form({ client, host, example: first, made }: Props): React.ReactElement {
  const [draft, setDraft] = useState<Draft>(EMPTY);
  const choices = useReading(
    React.useCallback(
      () => Promise.all([client.call('workflow.definitions', {}), client.call('workflow.examples', {})]),
      [client]
    )
  );
  const workflows = choices.value?.[0].definitions ?? NO_WORKFLOWS;
  const examples = choices.value?.[1].examples ?? NO_EXAMPLES;
  const names = useReading(React.useCallback(() => client.call('skills.installed_names', {}), [client]));
  const taken = useMemo(() => new Set(names.value?.names), [names.value]);
  const [proposed, setProposed] = useState<Suggested | null>(null);
  const byWords = useSuggested(client, draft.example || proposed ? '' : draft.text);
  const suggested = draft.example ? null : (proposed ?? byWords);
  const shown = shownOf(draft, suggested);
  const workflow = workflows.find(({ name }) => name === draft.workflow);
  const missing = missingIn(draft, shown, workflow, taken);
  const action = useAction();
  const [asked, setAsked] = useState(false);
  const box = useRef<HTMLTextAreaElement>(null);
  const id = useId();
  useLeaveGuard(isTyped(draft), host, 'New skill');
  const change = (more: Partial<Draft>): void => {
    setDraft(before => ({ ...before, ...more }));
    action.forget();
  };
  // A cell that is run leaves the keyboard with the notebook.
  const inCell = host.place === 'cell';
  useEffect(() => {
    if (!inCell) {
      box.current?.focus({ preventScroll: true });
    }
  }, [inCell]);
  useEffect(() => {
    // The first that can be used, and the example that the page was opened with, once both are known.
    const usable = workflows.find(({ failure }) => !failure);
    if (usable) {
      setDraft(before => {
        const begun = before.workflow ? before : { ...before, workflow: usable.name };
        const example = examples.find(({ name }) => name === first);
        return example && !before.workflow ? exemplified(begun, example, workflows) : begun;
      });
    }
  }, [workflows, examples, first]);
  const submit = async (event: React.FormEvent): Promise<void> => {
    event.preventDefault();
    setAsked(true);
    if (missing) {
      if (!draft.text.trim()) {
        box.current?.focus();
      }
      return;
    }
    if (await action.run(() => client.call('workflow.create', requestOf(draft, shown)))) {
      made(shown.name);
    }
  };
  return (
    <form className="wb-newskill-form" aria-label="New skill" onSubmit={submit}>
      {choices.failure && <Sentence failure={choices.failure} />}
      {!draft.example && (
        <div className="wb-field wb-newskill-box">
          <label htmlFor={`${id}-text`}>What should an agent know how to do?</label>
          <textarea
            id={`${id}-text`}
            ref={box}
            className="wb-input"
            rows={4}
            maxLength={10_000}
            value={draft.text}
            placeholder="Match our supplier invoices to orders and receipts, and explain every difference."
            onChange={event => change({ text: event.target.value })}
          />
        </div>
      )}
      <Examples
        examples={examples}
        chosen={draft.example}
        choose={example => setDraft(before => exemplified(before, example, workflows))}
      />
      {!draft.example && (
        <Proposal client={client} draft={draft} provider={host.provider} take={setProposed} change={change} />
      )}
      <NameField
        value={draft.name}
        shown={shown.name}
        problem={shown.name ? (missing && asked ? missing : nameProblem(missing)) : null}
        better={shown.name ? nearest(shown.name, taken) : ''}
        change={name => change({ name })}
      />
      {!draft.example && (
        <div className="wb-newskill-more">
          <label className="wb-field">
            <span>Purpose {!draft.purpose && suggested && <Mark />}</span>
            <select
              className="wb-input"
              value={shown.purpose}
              onChange={event => change({ purpose: event.target.value as Purpose })}
            >
              {PURPOSES.map(each => (
                <option key={each} value={each}>
                  {wordOf('purpose', each)}
                </option>
              ))}
            </select>
          </label>
          <div className="wb-field">
            <span>Tags {!draft.tags && Boolean(suggested?.tags.length) && <Mark />}</span>
            <TagsInput label="Tags" tags={shown.tags} change={tags => change({ tags })} known={[]} />
          </div>
        </div>
      )}
      <Ways workflows={workflows} chosen={draft.workflow} choose={name => change({ workflow: name })} />
      {workflow && (
        <Variables
          fields={workflow.variables}
          values={draft.variables}
          change={variables => change({ variables })}
        />
      )}
      {!draft.example && (
        <Fold className="wb-newskill-context" summary={<span>What it should know of you and your work</span>}>
          {() => (
            <>
              <textarea
                className="wb-input"
                aria-label="What it should know of you and your work"
                rows={4}
                maxLength={100_000}
                value={draft.context}
                placeholder="Your systems, your rules, who reads the result, what has gone wrong before."
                onChange={event => change({ context: event.target.value })}
              />
              <Cells host={host} evidence={draft.evidence} change={evidence => change({ evidence })} />
            </>
          )}
        </Fold>
      )}
      {action.failure && <Sentence failure={action.failure} />}
      {asked && missing && (
        <p className="wb-hint" role="alert" data-problem>
          {missing}
        </p>
      )}
      <div className="wb-buttons">
        <button
          type="submit"
          className="wb-button wb-primary"
          aria-disabled={action.busy || missing !== null}
        >
          {action.busy ? <span className="wb-spinner" /> : <Icon name="plus" />} Create
        </button>
        <span className="wb-hint">Nothing is paid yet: you see a price before an agent begins.</span>
      </div>
    </form>
  );
}

/** Only what is wrong with the name itself is said before the person asks. */
const nameProblem = (missing: string | null): string | null =>
  missing && /^(A name|There is a skill|This name)/.test(missing) ? missing : null;

const Mark = (): React.ReactElement => <span className="wb-badge">Suggested</span>;

interface NameProps {
  /** What the person wrote. */
  value: string | undefined;
  shown: string;
  problem: string | null;
  better: string;
  change: (name: string) => void;
}

function NameField({ value, shown, problem, better, change }: NameProps): React.ReactElement {
  const id = useId();
  return (
    <div className="wb-field">
      <label htmlFor={id}>Name {!value && shown && <Mark />}</label>
      <input
        id={id}
        className="wb-input"
        value={shown}
        spellCheck={false}
        autoComplete="off"
        aria-invalid={problem !== null}
        aria-describedby={`${id}-says`}
        onChange={event => change(event.target.value)}
      />
      <p className="wb-hint" id={`${id}-says`} data-problem={problem !== null || undefined}>
        {problem ?? (shown ? `Its folder is ${plain(shown)}/.` : 'It is suggested from what you say.')}
        {problem && better && better !== shown && (
          <button type="button" className="wb-more" onClick={() => change(better)}>
            Use “{better}”
          </button>
        )}
      </p>
    </div>
  );
}

interface VariablesProps {
  fields: readonly VariableField[];
  values: Draft['variables'];
  change: (values: Draft['variables']) => void;
}

/** What a workflow wants to know besides. */
function Variables({ fields, values, change }: VariablesProps): React.ReactElement | null {
  return fields.length ? (
    <div className="wb-newskill-more">
      {fields.map(({ key, label, default: usual, choices, required }) => {
        const value = values[key] ?? usual;
        const set = (next: string): void => change({ ...values, [key]: next });
        return (
          <label key={key} className="wb-field">
            <span>{plain(label)}</span>
            {choices.length ? (
              <select className="wb-input" value={value} onChange={event => set(event.target.value)}>
                {choices.map(each => (
                  <option key={each}>{each}</option>
                ))}
              </select>
            ) : (
              <input
                className="wb-input"
                value={value}
                aria-required={required}
                onChange={event => set(event.target.value)}
              />
            )}
          </label>
        );
      })}
    </div>
  ) : null;
}
