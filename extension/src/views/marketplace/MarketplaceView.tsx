/** Marketplaces: what each offers and how that stands to the library, brought in and kept up to date. */
import React, { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { Client } from '../../client/client';
import { useReading } from '../../components/hooks';
import { Icon } from '../../components/Icon';
import { plain } from '../../components/plain';
import { Sentence } from '../../components/Sentence';
import type { AppliedImport, Choice, Market, MarketRow, Updates } from '../../protocol';
import { Outcome } from '../exchange/Outcome';
import { PlanStep } from '../exchange/PlanStep';
import { begun, choicesOf, type Choosing } from '../exchange/state';
import { useWork } from '../exchange/useWork';
import { Waiting } from '../exchange/Waiting';
import type { Host } from '../host';
import { SkillsPage } from '../skill/SkillsPage';
import { Registries } from './Registries';
import { UpdateList } from './UpdateList';

interface Props {
  client: Client;
  params: { readonly [name: string]: string };
  host: Host;
}

interface Browsed {
  readonly market: Market;
  readonly choosing: Choosing;
}

export function MarketplaceView({ client, params, host }: Props): React.ReactElement {
  const registries = useReading(useCallback(() => client.call('registries.list', {}), [client]));
  const [browsed, setBrowsed] = useState<Browsed | null>(null);
  const [outcome, setOutcome] = useState<AppliedImport | null>(null);
  const [updates, setUpdates] = useState<Updates | null>(null);
  const [what, setWhat] = useState('');
  const work = useWork(client);
  const back = (): void => {
    setBrowsed(null);
    setOutcome(null);
    setUpdates(null);
    work.forget();
    keep(host, {});
  };
  const browse = async (name: string): Promise<void> => {
    setWhat(name);
    setOutcome(null);
    const market = await work.run(id => client.call('registries.browse', { name, id }));
    if (market) {
      setBrowsed({ market, choosing: chosenAtFirst(market) });
      keep(host, { registry: name });
    }
  };
  const add = async (url: string, name: string): Promise<void> => {
    setWhat(url);
    if (await work.run(id => client.call('registries.add', { url, id, ...(name ? { name } : {}) }))) {
      registries.reload();
    }
  };
  const apply = async (): Promise<void> => {
    const { market, choosing } = browsed as Browsed;
    const rows = choicesOf(market.plan, choosing) as [Choice, ...Choice[]];
    const { name } = market.registry;
    setWhat(name);
    const plan = market.plan.plan;
    const made = await work.run(id => client.call('registries.import', { name, plan, rows, id }), true);
    if (made) {
      setOutcome(made);
    }
  };
  const check = async (): Promise<void> => {
    setWhat('what came from elsewhere');
    const found = await work.run(id => client.call('registries.updates', { id }));
    if (found) {
      setUpdates(found);
    }
  };
  const update = async (names: readonly string[]): Promise<void> => {
    setWhat(`${names.length.toLocaleString('en')} to be updated`);
    const found = await work.run(
      id => client.call('registries.updates', { names: [...names], apply: true, id }),
      true
    );
    if (found) {
      const done = new Map(found.rows.map(row => [`${row.registry}/${row.name}`, row]));
      setUpdates(
        before =>
          before && {
            ...before,
            rows: before.rows.map(row => done.get(`${row.registry}/${row.name}`) ?? row)
          }
      );
    }
  };
  const first = useRef(true);
  useEffect(() => {
    if (first.current && params.registry) {
      void browse(params.registry);
    }
    first.current = false;
    // Only once: another marketplace is chosen on the page.
  });
  const facts = useMemo(() => (browsed ? versionsOf(browsed.market) : undefined), [browsed]);
  const step = work.busy ? 'work' : outcome ? 'outcome' : updates ? 'updates' : browsed ? 'plan' : 'list';
  return (
    <SkillsPage
      client={client}
      host={host}
      name="wb-market"
      title={step === 'plan' && browsed ? plain(browsed.market.registry.name) : 'Marketplaces'}
      label="Marketplaces"
      actions={
        step === 'list' && (
          <button type="button" className="wb-button" onClick={() => void check()}>
            <Icon name="refresh" /> Check for updates
          </button>
        )
      }
    >
      {open => (
        <>
          {step === 'work' && <Waiting work={work} what={what} />}
          {step === 'list' && (
            <div className="wb-exchange-body">
              {registries.failure && <Sentence failure={registries.failure} />}
              {registries.value ? (
                <Registries
                  client={client}
                  rows={registries.value.registries}
                  set={rows => registries.set({ registries: [...rows] })}
                  browse={name => void browse(name)}
                  add={(url, name) => void add(url, name)}
                  failure={work.failure}
                />
              ) : (
                !registries.failure && <p className="wb-hint wb-shimmer">Reading the marketplaces…</p>
              )}
            </div>
          )}
          {step === 'plan' && browsed && (
            <PlanStep
              key={browsed.market.plan.plan}
              plan={browsed.market.plan}
              choosing={browsed.choosing}
              change={next => setBrowsed(before => before && { ...before, choosing: next(before.choosing) })}
              failure={work.failure}
              facts={facts}
              apply={() => void apply()}
              back={back}
              backWord="Marketplaces"
            />
          )}
          {step === 'updates' && updates && (
            <UpdateList
              rows={updates.rows}
              failure={work.failure}
              open={open}
              apply={names => void update(names)}
              back={back}
            />
          )}
          {step === 'outcome' && outcome && (
            <div className="wb-exchange-body">
              <Outcome
                outcome={outcome}
                open={open}
                again={() => browsed && void browse(browsed.market.registry.name)}
              >
                <button type="button" className="wb-button" onClick={back}>
                  <Icon name="back" /> Marketplaces
                </button>
              </Outcome>
            </div>
          )}
        </>
      )}
    </SkillsPage>
  );
}

/** A notebook is not changed by being looked at; a tab comes back as it was. */
function keep(host: Host, params: { [name: string]: string }): void {
  if (host.place !== 'cell') {
    host.keep?.({ view: 'marketplace', params });
  }
}

/** A shelf is browsed, not taken whole: at first only what is newer here, and looks harmless, is chosen. */
function chosenAtFirst({ plan, rows }: Market): Choosing {
  const newer = new Set(rows.filter(({ status }) => status === 'update_available').map(({ path }) => path));
  plan.rows.forEach(({ path, scan }) => scan?.verdict === 'dangerous' && newer.delete(path));
  const { ticked, answers } = begun(plan);
  return { answers, ticked: new Set([...ticked].filter(path => newer.has(path))) };
}

/** What a row says of its version and of ours. */
function versionsOf({ rows }: Market): ReadonlyMap<string, readonly (readonly [string, string])[]> {
  const facts = (row: MarketRow): readonly (readonly [string, string])[] => [
    ['Version there', row.version ?? ''],
    ['In the library', [row.installed, row.installed_version].filter(Boolean).join(', version ')]
  ];
  return new Map(rows.map(row => [row.path, facts(row)]));
}
