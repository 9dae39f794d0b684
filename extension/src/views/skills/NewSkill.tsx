/** A new skill: what it is called, what it is for, when to use it. The name is looked at while it is typed. */
import React, { useEffect, useId, useMemo, useRef, useState } from 'react';
import type { Answer, Client } from '../../client/client';
import { useAction } from '../../components/hooks';
import { Icon } from '../../components/Icon';
import { plain } from '../../components/plain';
import { Sentence } from '../../components/Sentence';
import { problemOf, suggested } from './naming';
import { TagsInput } from './TagsInput';
import { PURPOSES, wordOf, type Purpose } from './words';

interface Props {
  client: Client;
  known: readonly string[];
  tags: readonly string[];
  made: (name: string) => void;
  cancel: () => void;
  /** Leads to where a skill is built by an agent, where there is a place for that. */
  build?: () => void;
}

const MOST = 1024;

export function NewSkill({ client, known, tags, made, cancel, build }: Props): React.ReactElement {
  const [name, setName] = useState('');
  const [purpose, setPurpose] = useState<Purpose>('domain');
  const [description, setDescription] = useState('');
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const action = useAction();
  const box = useRef<HTMLInputElement>(null);
  const id = useId();
  const taken = useTaken(client, known);
  useEffect(() => box.current?.focus(), []);
  const problem = problemOf(name, taken);
  const better = problem ? suggested(name, taken) : '';
  const ready = name !== '' && problem === null && description.trim() !== '' && description.length <= MOST;

  const submit = async (event: React.FormEvent): Promise<void> => {
    event.preventDefault();
    const asked = { name, purpose, description: description.trim(), tags: [...chosen] };
    if (ready && (await action.run(() => client.call('skills.create', asked)))) {
      made(name);
    }
  };
  return (
    <form
      className="wb-new-skill"
      aria-label="New skill"
      onSubmit={submit}
      onKeyDown={event => event.key === 'Escape' && cancel()}
    >
      <h3>New skill</h3>
      {build && (
        <p className="wb-hint">
          Say what it is for, and write it yourself.{' '}
          <button type="button" className="wb-more" onClick={build}>
            Or have it built: an agent looks things up, asks you, and writes it
          </button>
        </p>
      )}
      <div className="wb-field">
        <label htmlFor={`${id}-name`}>Name</label>
        <input
          id={`${id}-name`}
          ref={box}
          className="wb-input"
          value={name}
          spellCheck={false}
          autoComplete="off"
          placeholder="review-sql"
          aria-invalid={problem !== null}
          aria-describedby={`${id}-name-says`}
          onChange={event => {
            setName(event.target.value);
            action.forget();
          }}
        />
        <p
          className="wb-hint"
          id={`${id}-name-says`}
          role="status"
          data-problem={problem !== null || undefined}
        >
          {problem ??
            (name
              ? `Its folder is ${name}/.`
              : 'Lower-case words with hyphens between them; the folder is called the same.')}
          {better && (
            <button type="button" className="wb-more" onClick={() => setName(better)}>
              Use “{better}”
            </button>
          )}
        </p>
      </div>
      <div className="wb-field">
        <label htmlFor={`${id}-purpose`}>Purpose</label>
        <select
          id={`${id}-purpose`}
          className="wb-input"
          value={purpose}
          onChange={event => setPurpose(event.target.value as Purpose)}
        >
          {PURPOSES.map(each => (
            <option key={each} value={each}>
              {wordOf('purpose', each)}
            </option>
          ))}
        </select>
      </div>
      <div className="wb-field">
        <label htmlFor={`${id}-description`}>Description</label>
        <textarea
          id={`${id}-description`}
          className="wb-input"
          rows={4}
          value={description}
          placeholder="Reviews SQL migrations for locks and data loss. Use when a migration is written or changed."
          aria-invalid={description.length > MOST}
          aria-describedby={`${id}-description-says`}
          onChange={event => setDescription(event.target.value)}
        />
        <p className="wb-hint" id={`${id}-description-says`}>
          Say what it does and when to use it: agents choose a skill by this alone.{' '}
          <span data-problem={description.length > MOST || undefined}>
            {description.length.toLocaleString('en')} of 1,024 characters.
          </span>
        </p>
      </div>
      <Suggestion
        client={client}
        text={description}
        wanted={name === ''}
        take={proposed => {
          setName(proposed.name);
          setPurpose(proposed.purpose);
          setChosen(before => [...new Set([...before, ...proposed.tags])]);
        }}
      />
      <div className="wb-field">
        <span>Tags</span>
        <TagsInput label="Tags" tags={chosen} change={setChosen} known={tags} />
      </div>
      {action.failure && <Sentence failure={action.failure} />}
      <div className="wb-buttons">
        <button type="submit" className="wb-button wb-primary" aria-disabled={!ready || action.busy}>
          {action.busy ? <span className="wb-spinner" /> : <Icon name="plus" />} Create
        </button>
        <button type="button" className="wb-button" onClick={cancel}>
          Cancel
        </button>
      </div>
    </form>
  );
}

interface SuggestionProps {
  client: Client;
  text: string;
  /** There is no name yet. */
  wanted: boolean;
  take: (proposed: Answer<'skills.suggest'>) => void;
}

/** So much has to be said before anything can be proposed. */
const LEAST = 20;
const QUIET_MS = 400;

/** What the words of a description propose, taken with a click. */
function Suggestion({ client, text, wanted, take }: SuggestionProps): React.ReactElement | null {
  const [proposed, setProposed] = useState<Answer<'skills.suggest'> | null>(null);
  const ask = wanted && text.trim().length >= LEAST ? text.trim() : '';
  useEffect(() => {
    setProposed(null);
    let current = true;
    const timer = setTimeout(() => {
      if (ask) {
        // A proposal that does not come is none.
        client.call('skills.suggest', { text: ask }).then(
          reply => current && setProposed(reply),
          () => undefined
        );
      }
    }, QUIET_MS);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [client, ask]);
  if (!ask || !proposed?.name) {
    return null;
  }
  const words = [proposed.name, wordOf('purpose', proposed.purpose), ...proposed.tags].map(plain).join(', ');
  return (
    <p className="wb-hint" role="status">
      From these words: {words}.
      <button type="button" className="wb-more" onClick={() => take(proposed)}>
        Take this
      </button>
    </p>
  );
}

/** The names that are taken: those in sight at once, those of the agents' own skills when they have come. */
function useTaken(client: Client, known: readonly string[]): ReadonlySet<string> {
  const [others, setOthers] = useState<readonly string[]>([]);
  useEffect(() => {
    let current = true;
    // Without them the server still refuses a name that is taken.
    client.call('skills.installed_names', {}).then(
      ({ names }) => current && setOthers(names),
      () => undefined
    );
    return () => {
      current = false;
    };
  }, [client]);
  return useMemo(() => new Set([...known, ...others]), [known, others]);
}
