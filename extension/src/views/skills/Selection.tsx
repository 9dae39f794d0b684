/** What is done to several skills at once, and the way back from it. */
import React, { useEffect, useRef, useState } from 'react';
import { failureOf, type Client } from '../../client/client';
import { plural } from '../../components/format';
import { Icon } from '../../components/Icon';
import { plain } from '../../components/plain';
import { Sentence } from '../../components/Sentence';
import type { Failure, SkillRow } from '../../protocol';

/** What was done, in words, and how to take it back; null: there is no way back. */
export interface Done {
  readonly words: string;
  readonly undo: (() => Promise<unknown>) | null;
  /** Some of it failed. */
  readonly failure?: Failure | null;
}

interface Props {
  client: Client;
  rows: readonly SkillRow[];
  selected: ReadonlySet<string>;
  /** How many of them the filters hide. */
  hidden: number;
  remove: (names: readonly string[]) => void;
  clear: () => void;
  done: (done: Done) => void;
}

export function SelectionBar(props: Props): React.ReactElement {
  const { client, rows, selected, hidden, remove, clear, done } = props;
  const [tag, setTag] = useState('');
  const [busy, setBusy] = useState(false);
  const chosen = rows.filter(row => selected.has(row.name));
  const tags = [...new Set(chosen.flatMap(row => row.tags))].sort();
  const retag = async (change: () => Promise<Done>): Promise<void> => {
    setBusy(true);
    done(await change().catch(error => ({ words: '', undo: null, failure: failureOf(error) })));
    setBusy(false);
    setTag('');
  };
  return (
    <div className="wb-selection" role="toolbar" aria-label="Selected skills">
      <b>{plural(selected.size, 'skill')} selected</b>
      {hidden > 0 && <span className="wb-hint">{hidden} of them hidden by the filters</span>}
      <form
        className="wb-selection-tag"
        onSubmit={event => {
          event.preventDefault();
          if (tag.trim() && !busy) {
            void retag(() => tagged(client, chosen, tag));
          }
        }}
      >
        <input
          className="wb-input"
          aria-label="Tag to add"
          placeholder="Add a tag"
          value={tag}
          maxLength={50}
          onChange={event => setTag(event.target.value)}
        />
        <button type="submit" className="wb-button" aria-disabled={busy || !tag.trim()}>
          <Icon name="tag" /> Tag
        </button>
      </form>
      {tags.length > 0 && (
        <select
          className="wb-input"
          aria-label="Tag to take off"
          value=""
          onChange={({ target: { value } }) => value && void retag(() => untagged(client, chosen, value))}
        >
          <option value="">Take off a tag…</option>
          {tags.map(each => (
            <option key={each} value={each}>
              {plain(each)}
            </option>
          ))}
        </select>
      )}
      <button type="button" className="wb-button wb-danger" onClick={() => remove([...selected])}>
        <Icon name="delete" /> Delete
      </button>
      <span className="wb-spring" />
      <button type="button" className="wb-button" onClick={clear}>
        Select none
      </button>
    </div>
  );
}

/** Only those that lack it are named, so that taking it back leaves the others theirs. */
async function tagged(client: Client, rows: readonly SkillRow[], written: string): Promise<Done> {
  const tag = written.trim().toLowerCase().replace(/\s+/g, ' ');
  const [first, ...others] = rows.filter(row => !row.tags.includes(tag)).map(row => row.name);
  if (first === undefined) {
    return { words: `All of them have the tag “${plain(tag)}” already.`, undo: null };
  }
  const names: [string, ...string[]] = [first, ...others];
  await client.call('skills.update_tags', { names, add: [tag] });
  return {
    words: `${plural(names.length, 'skill')} tagged “${plain(tag)}”.`,
    undo: () => client.call('skills.update_tags', { names, remove: [tag] })
  };
}

async function untagged(client: Client, rows: readonly SkillRow[], tag: string): Promise<Done> {
  const [first, ...others] = rows.filter(row => row.tags.includes(tag)).map(row => row.name);
  const names: [string, ...string[]] = [first, ...others];
  await client.call('skills.update_tags', { names, remove: [tag] });
  return {
    words: `“${plain(tag)}” taken off ${plural(names.length, 'skill')}.`,
    undo: () => client.call('skills.update_tags', { names, add: [tag] })
  };
}

/** Into the trash, one after the other; what fails stops it, and what was done can be taken back. */
export async function deleted(
  client: Client,
  names: readonly string[],
  progress: (count: number) => void
): Promise<Done & { readonly gone: readonly string[] }> {
  const gone: { name: string; trash: string | null }[] = [];
  let failure: Failure | null = null;
  for (const name of names) {
    try {
      gone.push(await client.call('skills.delete', { name }));
      progress(gone.length);
    } catch (error) {
      failure = failureOf(error);
      break;
    }
  }
  const undo = async (): Promise<void> => {
    for (const { name, trash } of gone) {
      await client.call('skills.restore_deleted', trash ? { name, trash } : { name });
    }
  };
  const one = gone.length === 1 ? plain(gone[0].name) : plural(gone.length, 'skill');
  return {
    words: gone.length ? `${one} moved to the trash.` : '',
    undo: gone.length ? undo : null,
    failure,
    gone: gone.map(({ name }) => name)
  };
}

interface ConfirmProps {
  names: readonly string[];
  busy: string | null;
  confirm: () => void;
  cancel: () => void;
}

/** Asks before skills go to the trash. The safe answer has the keyboard. */
export function ConfirmDelete({ names, busy, confirm, cancel }: ConfirmProps): React.ReactElement {
  const keep = useRef<HTMLButtonElement>(null);
  useEffect(() => keep.current?.focus(), []);
  const what = names.length === 1 ? plain(names[0]) : plural(names.length, 'skill');
  return (
    <div
      className="wb-asks"
      role="alertdialog"
      aria-label={`Delete ${what}?`}
      onKeyDown={event => event.key === 'Escape' && cancel()}
    >
      <Icon name="delete" />
      <div>
        <p>
          <b>Move {what} to the trash?</b>
        </p>
        <p className="wb-hint">
          {names.length > 1 && `${names.slice(0, 6).map(plain).join(', ')}${names.length > 6 ? ', …' : ''}. `}
          Files, tags and history are kept, and it can be undone.
        </p>
      </div>
      <span className="wb-spring" />
      {busy && (
        <span className="wb-hint" role="status">
          {busy}
        </span>
      )}
      <button type="button" className="wb-button" ref={keep} onClick={cancel}>
        Keep
      </button>
      <button type="button" className="wb-button wb-danger" aria-disabled={busy !== null} onClick={confirm}>
        Delete
      </button>
    </div>
  );
}

interface DoneProps {
  done: Done;
  undone: () => void;
  close: () => void;
}

/** What was done, and the way back, until something else is done. */
export function DoneBar({ done, undone, close }: DoneProps): React.ReactElement {
  const [failure, setFailure] = useState<Failure | null>(null);
  const [busy, setBusy] = useState(false);
  const undo = async (): Promise<void> => {
    setBusy(true);
    try {
      await done.undo?.();
      undone();
    } catch (error) {
      setFailure(failureOf(error));
    }
    setBusy(false);
  };
  return (
    <div className="wb-done">
      {done.failure && <Sentence failure={done.failure} />}
      {failure && <Sentence failure={failure} />}
      <div className="wb-done-line">
        <span role="status">{done.words}</span>
        {done.undo && (
          <button
            type="button"
            className="wb-button"
            aria-disabled={busy}
            onClick={() => !busy && void undo()}
          >
            {busy ? <span className="wb-spinner" /> : <Icon name="undo" />} Undo
          </button>
        )}
        <button type="button" className="wb-quiet" aria-label="Close this note" onClick={close}>
          <Icon name="cross" />
        </button>
      </div>
    </div>
  );
}
