/**
 * The library: every skill of the person, found by words and facets, several changed at once.
 *
 * All skills are fetched, and what is shown of them is worked out on the page; so a search answers while it is typed. What
 * was chosen is kept with the place; what was selected is not. Where a place has no room for a skill's page, it opens here.
 */
import React, { useDeferredValue, useEffect, useMemo, useRef, useState } from 'react';
import type { Client } from '../../client/client';
import { Icon } from '../../components/Icon';
import { Sentence } from '../../components/Sentence';
import type { SkillRow } from '../../protocol';
import type { Host } from '../host';
import { ExchangeView } from '../exchange/ExchangeView';
import { useDrop } from '../exchange/upload';
import { SkillView } from '../skill/SkillView';
import { AgentSkill } from './AgentSkill';
import { Controls, FacetPlace } from './Controls';
import { Drift } from './Drift';
import { Facets } from './Facets';
import { NewSkill } from './NewSkill';
import { ConfirmDelete, deleted, DoneBar, SelectionBar, type Done } from './Selection';
import { SkillGrid } from './SkillGrid';
import { choiceOf, find, isOwn, paramsOf, widened, type Choice, type Params } from './state';
import { NoMatch, NoSkills, Unavailable } from './States';
import { useLibrary } from './useLibrary';

interface Props {
  client: Client;
  params: Params;
  host: Host;
}

export function SkillsView({ client, params, host }: Props): React.ReactElement {
  const [inside, setInside] = useState<string | SkillRow | Importing | null>(null);
  const open = (name: string): void => (host.openSkill ? host.openSkill(name) : setInside(name));
  const leave = (): void => setInside(null);
  // The list stays as it was, scrolled and filtered, while a skill is shown in its place.
  return (
    <>
      {typeof inside === 'string' ? (
        <SkillView key={inside} client={client} params={{ skill: inside }} host={inPlace(host, leave)} />
      ) : inside instanceof Importing ? (
        <ExchangeView client={client} params={{}} host={inPlace(host, leave)} file={inside.file} />
      ) : (
        inside && <AgentSkill client={client} row={inside} place={host.place} back={leave} />
      )}
      <Library
        client={client}
        params={params}
        host={host}
        open={open}
        look={setInside}
        bring={file => setInside(new Importing(file))}
        hidden={inside !== null}
      />
    </>
  );
}

/** It is being built, and has no file yet: there is nothing to show but how that goes. */
const isBegun = ({ source, present }: SkillRow): boolean => source === 'skill-builder' && !present;

/** Skills are brought in, from a file that was dropped or from wherever the person says. */
class Importing {
  constructor(readonly file?: File) {}
}

/** What a host can do it may say later, so it is inherited, not copied; the place itself goes on showing the library. */
const inPlace = (host: Host, back: () => void): Host =>
  Object.create(host, { back: { value: back }, keep: { value: undefined } }) as Host;

const NONE: ReadonlySet<string> = new Set();
const NO_ROWS: readonly SkillRow[] = [];

interface LibraryProps extends Props {
  open: (name: string) => void;
  /** Shows one of the agents' own, which has no page. */
  look: (row: SkillRow) => void;
  /** Opens the import, with the file that was dropped if one was. */
  bring: (file?: File) => void;
  hidden: boolean;
}

function Library({ client, params, host, open, look, bring, hidden }: LibraryProps): React.ReactElement {
  const library = useLibrary(client);
  const [choice, setChoice] = useState(() => choiceOf(params, host.skillsLayout));
  const [selected, setSelected] = useState(NONE);
  const [creating, setCreating] = useState(params.new === 'yes');
  const [asked, setAsked] = useState<readonly string[] | null>(null);
  const [busy, setBusy] = useState<string | null>(null);
  const [done, setDone] = useState<Done | null>(null);
  const view = useRef<HTMLElement>(null);
  const drop = useDrop(bring);
  const rows = library.rows ?? NO_ROWS;
  // A letter is on the screen before ten thousand skills have been looked at for it.
  const settled = useDeferredValue(choice);
  const found = useMemo(() => find(rows, settled), [rows, settled]);
  const own = useMemo(() => rows.filter(isOwn), [rows]);
  const known = useMemo(() => own.map(({ name }) => name), [own]);
  const tags = useMemo(() => [...found.counts.tag.keys()].sort(), [found]);
  const chosen = useMemo(() => new Set(known.filter(name => selected.has(name))), [known, selected]);
  const shown = useMemo(() => new Set(found.rows.filter(isOwn).map(({ name }) => name)), [found]);
  const { reload } = library;
  const change = (next: Choice): void => {
    setChoice(next);
    // A notebook is not changed by being looked at; a tab comes back as it was.
    if (host.place !== 'cell') {
      host.keep?.({ view: 'skills', params: { ...paramsOf(next, host.skillsLayout) } });
    }
  };
  const refocus = (): void => {
    const cell = (): HTMLElement | null | undefined =>
      view.current?.querySelector<HTMLElement>('[role=gridcell][tabindex="0"]');
    requestAnimationFrame(() => cell()?.focus());
  };
  const wasHidden = useRef(hidden);
  useEffect(() => {
    if (!hidden) {
      reload();
      if (wasHidden.current) {
        refocus();
      }
    }
    wasHidden.current = hidden;
    // Only when it comes back: `refocus` is another one each time, and does the same.
  }, [hidden, reload]);
  const remove = async (): Promise<void> => {
    const names = asked ?? [];
    setBusy(`0 of ${names.length}`);
    const outcome = await deleted(client, names, count => setBusy(`${count} of ${names.length}`));
    const gone = new Set(outcome.gone);
    library.adjust(before => before.filter(row => !isOwn(row) || !gone.has(row.name)));
    setSelected(NONE);
    setBusy(null);
    setAsked(null);
    setDone(outcome);
    reload();
    refocus();
  };
  const finished = (next: Done): void => {
    setDone(next);
    reload();
  };
  return (
    <section
      className="wb-skills"
      ref={view}
      data-place={host.place ?? 'cell'}
      aria-label="Skills"
      hidden={hidden}
      data-over={drop.over || undefined}
      {...drop.props}
      onKeyDown={event => {
        const writing = (event.target as HTMLElement).matches('input:not([type=checkbox]), textarea, select');
        if (event.key === '/' && !writing) {
          event.preventDefault();
          view.current?.querySelector<HTMLElement>('input[type=search]')?.focus();
        } else if (event.key === 'Escape' && !writing && chosen.size && !asked) {
          setSelected(NONE);
        }
      }}
    >
      <header className="wb-header">
        {host.back && (
          <button type="button" className="wb-quiet" aria-label="Back" title="Back" onClick={host.back}>
            <Icon name="back" />
          </button>
        )}
        <h2>Skills</h2>
        {library.rows && (
          <span className="wb-hint" role="status">
            {found.rows.length === rows.length
              ? rows.length.toLocaleString('en')
              : `${found.rows.length.toLocaleString('en')} of ${rows.length.toLocaleString('en')}`}
          </span>
        )}
        {library.loading && <span className="wb-spinner" />}
        <span className="wb-spring" />
        <button
          type="button"
          className="wb-quiet"
          aria-label="Read the skills again"
          title="Read again"
          onClick={reload}
        >
          <Icon name="refresh" />
        </button>
        {host.openPage && (
          <span className="wb-skills-pages">
            <button type="button" className="wb-more" onClick={() => host.openPage?.('marketplace')}>
              Marketplaces
            </button>
            <button type="button" className="wb-more" onClick={() => host.openPage?.('installs')}>
              Installed
            </button>
          </span>
        )}
        <button type="button" className="wb-button" onClick={() => bring()}>
          <Icon name="download" /> Import…
        </button>
        <button type="button" className="wb-button wb-primary" onClick={() => setCreating(true)}>
          <Icon name="plus" /> New skill
        </button>
      </header>
      <Drift client={client} done={finished} />
      {creating && (
        <NewSkill
          client={client}
          known={known}
          tags={tags}
          cancel={() => {
            setCreating(false);
            refocus();
          }}
          made={name => {
            setCreating(false);
            reload();
            open(name);
          }}
          build={host.openNewSkill}
        />
      )}
      {library.failure &&
        (library.rows ? (
          <Sentence failure={library.failure} />
        ) : (
          <Unavailable client={client} failure={library.failure} again={reload} />
        ))}
      {!library.rows && !library.failure && (
        <p className="wb-hint wb-shimmer wb-skills-wait">Reading the skills…</p>
      )}
      {library.rows && rows.length === 0 && !creating && (
        <NoSkills create={() => setCreating(true)} bring={() => bring()} />
      )}
      {rows.length > 0 && (
        <>
          <Controls choice={choice} change={change} />
          <div className="wb-skills-body">
            <FacetPlace>
              <Facets found={found} choice={choice} change={change} />
            </FacetPlace>
            {found.rows.length ? (
              <SkillGrid
                rows={found.rows}
                layout={choice.layout}
                selected={chosen}
                select={setSelected}
                open={row =>
                  isOwn(row)
                    ? (isBegun(row) && host.openWorkflow ? host.openWorkflow : open)(row.name)
                    : look(row)
                }
                remove={setAsked}
              />
            ) : (
              <NoMatch widen={() => change(widened(choice))} />
            )}
          </div>
        </>
      )}
      {drop.over && <p className="wb-drop-here">Drop it to see what is in it.</p>}
      {done && (
        <DoneBar
          key={done.words}
          done={done}
          undone={() => {
            // Something else may have been done meanwhile, which has a way back of its own.
            setDone(now => (now === done ? { words: 'Undone.', undo: null } : now));
            reload();
          }}
          close={() => setDone(null)}
        />
      )}
      {asked ? (
        <ConfirmDelete
          names={asked}
          busy={busy}
          confirm={() => void (busy === null && remove())}
          cancel={() => {
            setAsked(null);
            refocus();
          }}
        />
      ) : (
        chosen.size > 0 && (
          <SelectionBar
            client={client}
            rows={own}
            selected={chosen}
            hidden={[...chosen].filter(name => !shown.has(name)).length}
            remove={setAsked}
            clear={() => setSelected(NONE)}
            done={finished}
          />
        )
      )}
    </section>
  );
}
