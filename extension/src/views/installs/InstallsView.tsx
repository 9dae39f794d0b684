/** Where skills are installed: each skill at each client, how it stands there, and many of them changed at once. */
import React, { useCallback, useDeferredValue, useId, useMemo, useRef, useState } from 'react';
import { failureOf, type Client } from '../../client/client';
import { plural } from '../../components/format';
import { Icon } from '../../components/Icon';
import { plain } from '../../components/plain';
import { Sentence } from '../../components/Sentence';
import type { Failure, Install, InstallReport, Installs, SkillRow } from '../../protocol';
import type { Host } from '../host';
import { SkillsPage } from '../skill/SkillsPage';
import { isOwn } from '../skills/state';
import { useLibrary } from '../skills/useLibrary';
import { ActBar } from './ActBar';
import { Matrix } from './Matrix';
import {
  actsOn,
  callsFor,
  EVERYWHERE,
  keyOf,
  linesOf,
  projectsOf,
  SHOWS,
  shownOf,
  type Act,
  type Cell,
  type Line,
  type Method,
  type Show,
  type Where
} from './state';
import { useInstalls } from './useInstalls';
import { WhereBar } from './WhereBar';
import { ACT_WORDS, CLIENT_WORDS, SHOW_WORDS } from './words';

interface Props {
  client: Client;
  params: { readonly [name: string]: string };
  host: Host;
}

interface Told {
  readonly words: string;
  readonly refused: InstallReport['refused'];
  readonly failure: Failure | null;
}

const NONE: ReadonlySet<string> = new Set();

export function InstallsView({ client, params, host }: Props): React.ReactElement {
  const [where, setWhere] = useState<Where>(
    params.project ? { scope: 'project', project: params.project } : EVERYWHERE
  );
  const here = useRef(where);
  here.current = where;
  const [query, setQuery] = useState(params.query ?? '');
  const [show, setShow] = useState<Show>('all');
  const [chosen, setChosen] = useState(NONE);
  const [busy, setBusy] = useState(false);
  const [told, setTold] = useState<Told | null>(null);
  const library = useLibrary(client);
  const reading = useInstalls(client, where.project);
  const words = useDeferredValue(query);
  const skills = useMemo(
    () => (library.rows ?? []).filter(row => isOwn(row) && row.present).map(({ name }) => name),
    [library.rows]
  );
  const dangerous = async (cells: readonly Cell[]): Promise<readonly string[]> => {
    const names = new Set(cells.map(({ name }) => name));
    return await dangerousOf(
      client,
      (library.rows ?? []).filter(row => isOwn(row) && names.has(row.name))
    );
  };
  // The server says what a project is really called.
  const real = useMemo(() => realOf(where, reading.value), [where, reading.value]);
  const lines = useMemo(
    () => linesOf(skills, reading.value?.rows ?? [], real),
    [skills, reading.value, real]
  );
  const shown = useMemo(() => shownOf(lines, words, show), [lines, words, show]);
  const acts = useMemo(() => actsOn(lines, chosen), [lines, chosen]);
  const folders = (reading.value?.places ?? []).filter(
    ({ scope, project }) => scope === real.scope && project === real.project
  );
  const choose = useCallback(
    (cells: readonly Cell[], on: boolean) =>
      setChosen(before => {
        const next = new Set(before);
        cells.forEach(cell => (on ? next.add(keyOf(cell)) : next.delete(keyOf(cell))));
        return next;
      }),
    []
  );
  const run = async (act: Act, method: Method): Promise<void> => {
    setBusy(true);
    const report = await acted(client, act, acts[act], method, real);
    setTold(report);
    setBusy(false);
    // Elsewhere the same client and skill are another place, which nobody has chosen.
    if (here.current === where) {
      setChosen(new Set(report.refused.map(({ client: at, name }) => `${at}/${name}`)));
    }
    reading.reload();
  };
  const move = (next: Where): void => {
    setWhere(next);
    setChosen(NONE);
    if (host.place !== 'cell') {
      host.keep?.({ view: 'installs', params: next.project ? { project: next.project } : {} });
    }
  };
  const failure = reading.failure ?? library.failure;
  const whole = library.rows !== null && reading.value !== null;
  return (
    <SkillsPage
      client={client}
      host={host}
      name="wb-installs"
      title="Installed skills"
      label="Where skills are installed"
      loading={reading.loading || library.loading}
      actions={
        <button
          type="button"
          className="wb-quiet"
          aria-label="Look again"
          title="Look again"
          onClick={reading.reload}
        >
          <Icon name="refresh" />
        </button>
      }
    >
      {open => (
        <>
          <div className="wb-skills-controls">
            <WhereBar where={real} projects={projectsOf(reading.value)} choose={move} />
            <input
              type="search"
              className="wb-input"
              aria-label="Search skills"
              placeholder="Search by name"
              value={query}
              onChange={event => setQuery(event.target.value)}
            />
            <Shows lines={lines} show={show} choose={setShow} />
          </div>
          {failure && <Sentence failure={failure} />}
          {!whole && !failure && (
            <p className="wb-hint wb-shimmer wb-skills-wait">Looking into the folders…</p>
          )}
          {whole && shown.length > 0 && (
            <Matrix lines={shown} folders={folders} chosen={chosen} choose={choose} open={open} />
          )}
          {whole && shown.length === 0 && (
            <div className="wb-empty">
              <Icon name="skill" />
              <p>{lines.length > 0 ? 'No skill matches.' : 'There is no skill to install yet.'}</p>
            </div>
          )}
          {told && <Report told={told} close={() => setTold(null)} />}
          {chosen.size > 0 && (
            <ActBar
              acts={acts}
              count={chosen.size}
              dangerous={dangerous}
              busy={busy}
              run={(act, method) => void run(act, method)}
              clear={() => setChosen(NONE)}
            />
          )}
        </>
      )}
    </SkillsPage>
  );
}

/** What nobody has said may be trusted, and of which a scan warns: the last one, or one that is made now. */
async function dangerousOf(client: Client, rows: readonly SkillRow[]): Promise<readonly string[]> {
  const found: string[] = [];
  for (const { name, trust, verdict } of rows) {
    if (trust === 'untrusted' || trust === 'changed') {
      // What cannot be scanned cannot be installed either, and that says why.
      const says = verdict ?? (await client.call('skills.scan', { name }).catch(() => null))?.verdict;
      if (says === 'dangerous') {
        found.push(name);
      }
    }
  }
  return found;
}

/** A project is known by its real path; what was typed may lead there by a link, or end with a slash. */
function realOf(where: Where, installs: Installs | null): Where {
  const typed = where.project === '/' ? '/' : (where.project?.replace(/\/+$/, '') ?? null);
  const known = projectsOf(installs);
  if (typed === null || !installs || known.includes(typed)) {
    return { ...where, project: typed };
  }
  const used = new Set(installs.rows.filter(({ ours }) => ours).map(({ project }) => project));
  const [only, ...others] = known.filter(project => !used.has(project));
  return { ...where, project: only !== undefined && others.length === 0 ? only : typed };
}

/** Does it call by call; what fails stops it, and what was done is told. */
async function acted(
  client: Client,
  act: Act,
  cells: readonly Cell[],
  method: Method,
  { scope, project }: Where
): Promise<Told> {
  let done = 0;
  const refused: InstallReport['refused'] = [];
  let failure: Failure | null = null;
  const place = { scope, ...(project === null ? {} : { project }) };
  for (const { names, clients: those, method: how } of callsFor(cells, method)) {
    const clients = those as Install['clients'];
    try {
      const report =
        act === 'remove' || act === 'discard'
          ? await client.call('skills.uninstall', { names, clients, ...place, force: act === 'discard' })
          : await client.call('skills.install', {
              names,
              clients,
              ...place,
              method: how,
              replace: act === 'replace'
            });
      done += report.done.length;
      refused.push(...report.refused);
    } catch (error) {
      failure = failureOf(error);
      break;
    }
  }
  return { words: done ? `${plural(done, 'place')}: ${ACT_WORDS[act].did}.` : '', refused, failure };
}

interface ShowsProps {
  lines: readonly Line[];
  show: Show;
  choose: (show: Show) => void;
}

function Shows({ lines, show, choose }: ShowsProps): React.ReactElement {
  const name = useId();
  const counts = useMemo(() => SHOWS.map(each => shownOf(lines, '', each).length), [lines]);
  return (
    <div className="wb-segments wb-shows" role="radiogroup" aria-label="Which skills">
      {SHOWS.map((each, i) => (
        <label key={each} className="wb-segment">
          <input type="radio" name={name} checked={show === each} onChange={() => choose(each)} />
          <span>
            {SHOW_WORDS[each]} <small>{counts[i].toLocaleString('en')}</small>
          </span>
        </label>
      ))}
    </div>
  );
}

/** What was done, and what was left alone and why. */
function Report({ told, close }: { told: Told; close: () => void }): React.ReactElement {
  return (
    <div className="wb-done">
      {told.failure && <Sentence failure={told.failure} />}
      <div className="wb-done-line">
        <span role="status">
          {told.words}
          {told.refused.length > 0 && ` ${plural(told.refused.length, 'place')} left as it was.`}
        </span>
        <button type="button" className="wb-quiet" aria-label="Close this note" onClick={close}>
          <Icon name="cross" />
        </button>
      </div>
      {told.refused.length > 0 && (
        <ul className="wb-installs-refused">
          {told.refused.slice(0, MOST).map(row => (
            <li key={`${row.client}/${row.path}`}>
              <b>{plain(row.name)}</b> {CLIENT_WORDS[row.client]}: {plain(row.reason ?? '')}
            </li>
          ))}
          {told.refused.length > MOST && <li className="wb-hint">and {told.refused.length - MOST} more</li>}
        </ul>
      )}
    </div>
  );
}

const MOST = 20;
