/** The figures that a person looks for first. */
import React from 'react';
import type { Answer } from '../../client/client';
import { money, plural, tokens } from '../../components/format';
import type { Budget } from './budget';
import type { Block } from './columns';
import { change, clock, percent, rough } from './format';

interface Props {
  totals: Answer<'usage.daily'>['totals'];
  /** The same of the days before, as many as are shown; null when that is not known. */
  before: Answer<'usage.daily'>['totals'] | null;
  unpriced: readonly string[];
  /** Which days, in words, and how many. */
  span: string;
  days: number;
  cache: Pick<Answer<'usage.cache'>, 'hit_rate' | 'saved'> | null;
  active: Block | null;
  budgets: readonly Budget[];
  timezone: string;
  stale: boolean;
}

export function Cards(props: Props): React.ReactElement {
  const { totals, before, unpriced, days, cache, active, budgets, timezone } = props;
  const changed = before && change(totals.total_cost, before.total_cost);
  return (
    <dl className="wb-cards" aria-busy={props.stale}>
      <Card
        title="Cost"
        value={money(totals.total_cost)}
        note={[
          changed && `${changed} in the ${plural(days, 'day')} before`,
          unpriced.length > 0 && `${plural(unpriced.length, 'model')} without a price not included`
        ]}
      />
      <Card
        title="Tokens"
        value={tokens(totals.total_tokens)}
        hint={`${totals.total_tokens.toLocaleString('en')} tokens`}
        note={[`${tokens(totals.input_tokens)} in · ${tokens(totals.output_tokens)} out`]}
      />
      <Card title="Responses" value={totals.samplings.toLocaleString('en')} note={[props.span]} />
      <Card
        title="Cache hit rate"
        value={percent(cache?.hit_rate)}
        hint="How much of what models were given was read from a cache"
        note={[
          `${tokens(totals.cache_read_tokens)} read · ${tokens(totals.cache_creation_tokens)} written`,
          Number(cache?.saved ?? 0) > 0 && `saved ${rough(cache?.saved)}`
        ]}
      />
      {active && <Projection block={active} timezone={timezone} />}
      {budgets.map(budget => (
        <BudgetCard key={budget.period} budget={budget} />
      ))}
    </dl>
  );
}

interface CardProps {
  title: string;
  value: string;
  note: readonly (string | false | null | undefined)[];
  hint?: string;
  children?: React.ReactNode;
}

function Card({ title, value, note, hint, children }: CardProps): React.ReactElement {
  return (
    <div className="wb-figure-card" title={hint}>
      <dt>{title}</dt>
      <dd className="wb-value">{value}</dd>
      {children}
      {note.filter(Boolean).map(line => (
        <dd className="wb-hint" key={String(line)}>
          {line}
        </dd>
      ))}
    </div>
  );
}

/** Where the running block of five hours leads if it goes on as it did: a guess, and called one. */
function Projection({ block, timezone }: { block: Block; timezone: string }): React.ReactElement {
  const { projection, burn_rate: rate } = block;
  return (
    <Card
      title="This 5-hour block"
      value={money(block.total_cost)}
      hint="A block begins with its first response, at the full hour. The projection is an estimate."
      note={[
        projection && `about ${rough(projection.total_cost)} by ${clock(block.end, timezone)}, at this rate`,
        rate != null && rate.cost_per_hour != null && `${rough(rate.cost_per_hour)} an hour`
      ]}
    />
  );
}

const LEVELS = { none: null, near: 'Four fifths are used', over: 'The budget is used up' } as const;

function BudgetCard({ budget }: { budget: Budget }): React.ReactElement {
  const word = budget.period === 'day' ? 'Today' : 'This month';
  const share = percent(budget.share);
  return (
    <Card
      title={`${word}, of ${money(budget.limit)}`}
      value={share}
      note={[`${rough(budget.spent)} of the budget`, LEVELS[budget.level]]}
    >
      <Bar value={budget.share ?? 0} label={`${word}: ${share} of the budget`} />
    </Card>
  );
}

/** How much of something is used; its colour says when it is nearly all. */
export function Bar({ value, label }: { value: number; label: string }): React.ReactElement {
  const part = Math.min(1, Math.max(0, value)) * 100;
  return (
    <dd>
      <div
        className="wb-bar"
        role="meter"
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(part)}
        data-level={value >= 1 ? 'over' : value >= 0.8 ? 'near' : 'none'}
      >
        <span style={{ width: `${part}%` }} />
      </div>
    </dd>
  );
}
