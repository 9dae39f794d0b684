/** What a test came to, with how sure it is; of a replayed one, that nothing was measured. */
import React from 'react';
import { money } from '../../components/format';
import { Icon } from '../../components/Icon';
import { plain } from '../../components/plain';
import type { SkillTest } from '../../protocol';
import { ILLUSTRATION, isAtWork, measuresOf, outcomeOf, STATES } from './words';

export function Result({ test }: { test: SkillTest }): React.ReactElement {
  const measures = measuresOf(test);
  const known = !test.replayed && test.status === 'completed' && test.wins + test.losses + test.ties > 0;
  return (
    <section className="wb-test-result" aria-label="Result">
      <p role="status">
        {isAtWork(test) && <span className="wb-spinner" />} {STATES[test.status]}{' '}
        {known && <b>{outcomeOf(test)}.</b>}
      </p>
      {test.replayed && (
        <p className="wb-remark">
          <Icon name="info" />
          <b>{plain(test.notice || ILLUSTRATION)}</b>
        </p>
      )}
      {test.notice && !test.replayed && <p className="wb-hint">{plain(test.notice)}</p>}
      {measures.length > 0 && (
        <table className="wb-table wb-measures">
          <thead>
            <tr>
              <th scope="col">With the skill</th>
              <th scope="col">Difference</th>
              <th scope="col">95 % of such tests</th>
              <th scope="col">In words</th>
            </tr>
          </thead>
          <tbody>
            {measures.map(({ name, value, range, says }) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td>{value}</td>
                <td>{range || '—'}</td>
                <td>{says}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {test.total_cost !== null && (
        <p className="wb-hint">
          {test.replayed ? 'The recording has cost' : 'The test has cost'} {money(test.total_cost)}.
        </p>
      )}
    </section>
  );
}
