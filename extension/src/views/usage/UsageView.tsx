/**
 * The usage dashboard: what agents have cost, when, and for what.
 *
 * Every part asks for its own report about the same days and filters, without importing; the import is begun once, when the
 * view opens, and each of its commits lets the parts ask again. So old figures are in sight at once, and none waits for another.
 */
import React, { useEffect, useMemo, useState } from 'react';
import { plural, money, tokens } from '../../components/format';
import { useNow } from '../../components/hooks';
import { Icon } from '../../components/Icon';
import { Sentence } from '../../components/Sentence';
import type { Answer, Client } from '../../client/client';
import type { Host } from '../host';
import { Cards } from './Cards';
import { Charts } from './Charts';
import { Controls } from './Controls';
import { span } from './format';
import { Head } from './Head';
import { Limits } from './Limits';
import { Notices } from './Notices';
import { Sessions } from './Sessions';
import {
  choiceOf,
  isFiltered,
  paramsOf,
  queryOf,
  shifted,
  type Choice,
  type Params,
  type Query
} from './state';
import { FirstImport, NothingYet } from './States';
import { useAnswer } from './useAnswer';
import { useBudgets } from './useBudgets';
import { useImport, type Importing } from './useImport';
import { ownZone } from './zones';

interface Props {
  client: Client;
  params: Params;
  host: Host;
}

type Report = Answer<'usage.daily'>;

const MINUTE = 60_000;
const LIST_SEPARATED = ', ';

export function UsageView({ client, params, host }: Props): React.ReactElement {
  const [choice, setChoice] = useState(() => choiceOf(params, ownZone()));
  const now = useNow(true, MINUTE);
  const query = queryOf(choice, now);
  const importing = useImport(client);
  const { stamp } = importing;
  const daily = useAnswer(client, 'usage.daily', { ...query, refresh: false }, stamp);
  const change = (next: Choice): void => {
    setChoice(next);
    // A notebook is not changed by being looked at; a tab comes back as it was.
    if (host.place !== 'cell') {
      host.keep?.({ view: 'usage', params: { ...paramsOf(next, ownZone()) } });
    }
  };
  const ever = useEver(client, daily.answer, importing);
  const first = ever === null && importing.busy && daily.answer?.totals.samplings === 0;
  const options = useOptions(client, query, stamp);
  return (
    <section className="wb-usage" data-place={host.place ?? 'cell'} aria-label="Usage">
      <Head
        importing={importing}
        daily={ever === false ? null : daily.answer}
        query={query}
        back={host.back}
      />
      {importing.failure && <Sentence failure={importing.failure}>{retry(importing)}</Sentence>}
      <div className="wb-usage-body">
        {ever === false ? (
          <NothingYet again={importing.again} />
        ) : first ? (
          <FirstImport progress={importing.progress} />
        ) : (
          <>
            <Controls choice={choice} change={change} options={options} now={now} />
            {daily.failure && <Sentence failure={daily.failure}>{retry(importing)}</Sentence>}
            {daily.answer ? (
              <Body
                client={client}
                host={host}
                choice={choice}
                change={change}
                query={query}
                stamp={stamp}
                daily={daily.answer}
                stale={daily.stale}
              />
            ) : (
              !daily.failure && <p className="wb-hint wb-shimmer">Adding up…</p>
            )}
          </>
        )}
      </div>
    </section>
  );
}

const retry = (importing: Importing): React.ReactElement => (
  <button type="button" className="wb-button" onClick={importing.again}>
    <Icon name="refresh" /> Try again
  </button>
);

/** Whether anything was ever counted: an empty range is not an empty history. Null: not known yet. */
function useEver(client: Client, daily: Report | null, importing: Importing): boolean | null {
  const [ever, setEver] = useState<boolean | null>(null);
  const empty = daily !== null && daily.totals.samplings === 0;
  useEffect(() => {
    if (daily !== null && !empty) {
      setEver(true);
    } else if (empty && importing.done && !importing.busy) {
      client.call('usage.daily', { refresh: false }).then(
        ({ totals }) => setEver(totals.samplings > 0),
        () => undefined
      );
    }
  }, [client, daily, empty, importing.done, importing.busy]);
  return ever;
}

/** What each filter offers: all of the range, whatever else is filtered. */
function useOptions(client: Client, query: Query, stamp: number) {
  const { since, until, timezone } = query;
  const ask = { since, until, timezone, refresh: false };
  const models = useAnswer(client, 'usage.models', ask, stamp).answer;
  const projects = useAnswer(client, 'usage.by_project', ask, stamp).answer;
  const skills = useAnswer(client, 'usage.by_skill', ask, stamp).answer;
  return useMemo(() => {
    const keys = (report: Report | null): string[] => (report?.rows ?? []).map(({ key }) => key);
    const providers = (models?.rows ?? []).flatMap(row =>
      (row.breakdown ?? []).map(({ provider }) => provider)
    );
    return {
      provider: [...new Set(providers)].sort(),
      model: keys(models),
      project: keys(projects),
      skill: keys(skills)
    };
  }, [models, projects, skills]);
}

interface BodyProps {
  client: Client;
  host: Host;
  choice: Choice;
  change: (choice: Choice) => void;
  query: Query;
  stamp: number;
  daily: Report;
  stale: boolean;
}

function Body({ client, host, choice, change, query, stamp, daily, stale }: BodyProps): React.ReactElement {
  const ask = { ...query, refresh: false };
  const before = useAnswer(client, 'usage.daily', { ...ask, ...daysBefore(query) }, stamp);
  const cache = useAnswer(client, 'usage.cache', ask, stamp);
  const blocks = useAnswer(client, 'usage.blocks', ask, stamp);
  const limits = useAnswer(client, 'usage.limits', { refresh: false }, stamp);
  const report = useAnswer(client, 'usage.import_report', { limit: 200 }, stamp);
  const budgets = useBudgets(client, query.timezone, stamp);
  const active = blocks.answer?.blocks.find(block => block.active) ?? null;
  const none = daily.totals.samplings === 0;
  return (
    <>
      <p className="wb-sr" role="status" aria-live="polite">
        {stale ? '' : spoken(daily, query)}
      </p>
      <Cards
        totals={daily.totals}
        before={before.answer?.totals ?? null}
        unpriced={daily.unpriced}
        span={span(query.since, query.until)}
        days={daysIn(query)}
        cache={cache.answer}
        active={active}
        budgets={budgets}
        timezone={query.timezone}
        stale={stale}
      />
      <Notices report={report.answer} unpriced={daily.unpriced} />
      {none ? (
        <p className="wb-empty">
          Nothing was used {isFiltered(choice) ? 'that fits the filters ' : ''}in these days (
          {span(query.since, query.until)}).
        </p>
      ) : (
        <Charts
          client={client}
          host={host}
          choice={choice}
          change={change}
          query={query}
          stamp={stamp}
          daily={daily}
          blocks={blocks.answer?.blocks ?? []}
        />
      )}
      <Limits limits={limits.answer?.limits ?? []} timezone={query.timezone} />
      {!none && <Sessions client={client} host={host} query={query} stamp={stamp} />}
      <p className="wb-hint wb-estimate">{daily.note}</p>
    </>
  );
}

const daysIn = ({ since, until }: Query): number =>
  Math.round((Date.parse(until) - Date.parse(since)) / 86_400_000) + 1;

/** As many days as are shown, just before them. */
const daysBefore = (query: Query): { since: string; until: string } => ({
  since: shifted(query.since, -daysIn(query)),
  until: shifted(query.since, -1)
});

/** The totals in one sentence, for who does not see them change. */
function spoken({ totals, unpriced }: Report, query: Query): string {
  const cost = totals.total_cost === null ? 'no known cost' : `${money(totals.total_cost)} as an estimate`;
  const without = unpriced.length ? `; no price is known for ${unpriced.join(LIST_SEPARATED)}` : '';
  return `${span(query.since, query.until)}: ${cost}, ${tokens(totals.total_tokens)} tokens, ${plural(totals.samplings, 'response')}${without}.`;
}
