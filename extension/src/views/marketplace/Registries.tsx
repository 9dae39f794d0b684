/** The marketplaces that are known: browsed, tried, switched off, forgotten, and new ones added. */
import React, { useEffect, useRef, useState } from 'react';
import { failureOf, type Client } from '../../client/client';
import { useAction } from '../../components/hooks';
import { Icon } from '../../components/Icon';
import { plain } from '../../components/plain';
import { Sentence } from '../../components/Sentence';
import type { Failure, Registry, Tried } from '../../protocol';
import { Badge } from '../skills/Badges';

interface Props {
  client: Client;
  rows: readonly Registry[];
  set: (rows: readonly Registry[]) => void;
  browse: (name: string) => void;
  /** A marketplace is added by looking at its catalogue, which may take a while. */
  add: (url: string, name: string) => void;
  failure: Failure | null;
}

export function Registries({ client, rows, set, browse, add, failure }: Props): React.ReactElement {
  const [tried, setTried] = useState<ReadonlyMap<string, Tried | 'trying'>>(new Map());
  const action = useAction();
  const shown = useRef(true);
  useEffect(() => () => void (shown.current = false), []);
  const change = (work: () => Promise<{ registries: readonly Registry[] }>): void =>
    void action.run(async () => set((await work()).registries));
  const attempt = async (name: string): Promise<void> => {
    const keep = (result: Tried | 'trying'): void => {
      if (shown.current) {
        setTried(before => new Map(before).set(name, result));
      }
    };
    keep('trying');
    try {
      const [result] = (await client.call('registries.test', { names: [name] })).rows;
      keep(result);
    } catch (error) {
      const { message, remedy } = failureOf(error);
      keep({ name, ok: false, message, remedy: remedy ?? '', entries: null, duration_ms: 0 });
    }
  };
  return (
    <>
      {failure && <Sentence failure={failure} />}
      {action.failure && <Sentence failure={action.failure} />}
      <ul className="wb-registries" aria-label="Marketplaces">
        {rows.map(row => (
          <RegistryRow
            key={row.name}
            row={row}
            tried={tried.get(row.name) ?? null}
            busy={action.busy}
            browse={() => browse(row.name)}
            attempt={() => void attempt(row.name)}
            enable={enabled => change(() => client.call('registries.enable', { name: row.name, enabled }))}
            remove={() => change(() => client.call('registries.remove', { name: row.name }))}
          />
        ))}
      </ul>
      <AddForm add={add} />
    </>
  );
}

interface RowProps {
  row: Registry;
  tried: Tried | 'trying' | null;
  /** One of them is being changed: another is only after it, for each answer is the whole list. */
  busy: boolean;
  browse: () => void;
  attempt: () => void;
  enable: (enabled: boolean) => void;
  remove: () => void;
}

function RegistryRow({ row, tried, busy, browse, attempt, enable, remove }: RowProps): React.ReactElement {
  const [asked, setAsked] = useState(false);
  const name = plain(row.name);
  return (
    <li data-disabled={!row.enabled || undefined}>
      <div className="wb-registry-what">
        <b>{name}</b> {row.builtin && <Badge mood="plain">Built in</Badge>}
        <p className="wb-path">{plain(row.url)}</p>
        {tried === 'trying' ? (
          <p className="wb-hint wb-shimmer">Trying…</p>
        ) : (
          tried && (
            <p role="status" data-problem={tried.ok ? undefined : ''}>
              {plain(tried.message)} {plain(tried.remedy)}
            </p>
          )
        )}
      </div>
      <label className="wb-registry-switch">
        <input
          type="checkbox"
          aria-label={`Browse ${name}`}
          checked={row.enabled}
          aria-disabled={busy}
          onChange={event => !busy && enable(event.target.checked)}
        />
        On
      </label>
      <button type="button" className="wb-button" aria-label={`Test ${name}`} onClick={attempt}>
        Test
      </button>
      {!row.builtin &&
        (asked ? (
          <button
            type="button"
            className="wb-button wb-danger"
            autoFocus
            aria-label={`Forget ${name} for good`}
            aria-disabled={busy}
            onBlur={() => setAsked(false)}
            onClick={() => !busy && remove()}
          >
            Really forget it
          </button>
        ) : (
          <button
            type="button"
            className="wb-button wb-danger"
            aria-label={`Forget ${name}`}
            onClick={() => setAsked(true)}
          >
            Forget…
          </button>
        ))}
      <button
        type="button"
        className="wb-button wb-primary"
        aria-label={`Open ${name}`}
        aria-disabled={!row.enabled}
        onClick={() => row.enabled && browse()}
      >
        <Icon name="search" /> Open
      </button>
    </li>
  );
}

function AddForm({ add }: { add: (url: string, name: string) => void }): React.ReactElement {
  const [url, setUrl] = useState('');
  const [name, setName] = useState('');
  return (
    <form
      className="wb-registry-add"
      aria-label="Add a marketplace"
      onSubmit={event => {
        event.preventDefault();
        if (url.trim()) {
          add(url.trim(), name.trim());
        }
      }}
    >
      <label>
        Add a marketplace
        <input
          className="wb-input"
          aria-label="Address of the marketplace"
          placeholder="owner/repo, or the address of a repository or site"
          value={url}
          spellCheck={false}
          maxLength={4096}
          onChange={event => setUrl(event.target.value)}
        />
      </label>
      <label>
        Name
        <input
          className="wb-input"
          aria-label="Name of the marketplace"
          placeholder="as it calls itself"
          value={name}
          maxLength={100}
          onChange={event => setName(event.target.value)}
        />
      </label>
      <button type="submit" className="wb-button" aria-disabled={!url.trim()}>
        <Icon name="plus" /> Add
      </button>
    </form>
  );
}
