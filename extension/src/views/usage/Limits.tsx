/** The providers' own limits, as they were last told: the truth that blocks only estimate. */
import React from 'react';
import type { Answer } from '../../client/client';
import { plain } from '../../components/plain';
import { Bar } from './Cards';
import { moment, percent, windowOf } from './format';

type Limit = Answer<'usage.limits'>['limits'][number];

export function Limits({
  limits,
  timezone
}: {
  limits: readonly Limit[];
  timezone: string;
}): React.ReactElement | null {
  if (!limits.length) {
    return null;
  }
  return (
    <section className="wb-figure" aria-label="Limits">
      <header>
        <h3>Limits</h3>
      </header>
      <dl className="wb-limits">
        {limits.map(limit => (
          <LimitLine
            key={`${limit.provider}/${limit.window_minutes}/${limit.plan}`}
            limit={limit}
            timezone={timezone}
          />
        ))}
      </dl>
    </section>
  );
}

function LimitLine({ limit, timezone }: { limit: Limit; timezone: string }): React.ReactElement {
  const used = limit.used_percent === null ? null : limit.used_percent / 100;
  const name = `${plain(limit.provider)}, ${windowOf(limit.window_minutes)}`;
  return (
    <div>
      <dt>
        {name}
        {limit.plan && <span className="wb-badge">{plain(limit.plan)}</span>}
        <b>{percent(used)}</b>
      </dt>
      <Bar value={used ?? 0} label={`${name}: ${percent(used)} used`} />
      <dd className="wb-hint">
        {limit.resets_at && `Resets ${moment(limit.resets_at, timezone)}. `}Seen{' '}
        {moment(limit.seen, timezone)}.
      </dd>
    </div>
  );
}
