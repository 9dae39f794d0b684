/** Who does what is started from here. */
import React, { useId } from 'react';
import type { Driven } from './useDriver';

export function Driver({ driven }: { driven: Driven }): React.ReactElement | null {
  const { known, row, choose } = driven;
  const id = useId();
  return row ? (
    <span className="wb-choice wb-driver">
      <label htmlFor={id}>Agent</label>
      <select
        id={id}
        value={row.name}
        title={row.installed ? undefined : (row.remedy ?? undefined)}
        onChange={event => choose(event.target.value)}
      >
        {known.map(({ name, label }) => (
          <option key={name} value={name}>
            {label}
          </option>
        ))}
      </select>
    </span>
  ) : null;
}
