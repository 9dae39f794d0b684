/** The head of a place: how many rows it has, and a box for all of them. */
import React from 'react';
import { Icon } from '../../components/Icon';
import type { PlanRow } from '../../protocol';
import { canCome, type Group } from './state';
import { PLACE_WORDS, type Place } from './words';

interface HeadProps {
  group: Group;
  open: boolean;
  height: number;
  index: number;
  top: number;
  current: boolean;
  ticked: ReadonlySet<string>;
  tick: (rows: readonly PlanRow[], on: boolean) => void;
  fold: (place: Place, open: boolean) => void;
  focused: (index: number) => void;
}

export function GroupHead({
  group,
  open,
  height,
  index,
  top,
  current,
  ticked,
  tick,
  fold,
  focused
}: HeadProps): React.ReactElement {
  const { name, says } = PLACE_WORDS[group.place];
  const able = group.rows.filter(canCome);
  const chosen = able.filter(({ path }) => ticked.has(path)).length;
  return (
    <div
      role="row"
      className="wb-offer-group"
      style={{ top, height }}
      aria-level={1}
      aria-rowindex={index + 1}
      aria-expanded={open}
      aria-label={`${name}: ${group.rows.length}, ${chosen} chosen`}
      data-index={index}
      tabIndex={current ? 0 : -1}
      onFocus={event => event.target === event.currentTarget && focused(index)}
    >
      <div role="gridcell" className="wb-offer-pick">
        <input
          type="checkbox"
          tabIndex={-1}
          aria-label={`Choose all of: ${name}`}
          disabled={able.length === 0}
          checked={able.length > 0 && chosen === able.length}
          ref={box => {
            if (box) {
              box.indeterminate = chosen > 0 && chosen < able.length;
            }
          }}
          onChange={event => tick(group.rows, event.target.checked)}
        />
      </div>
      <div role="gridcell" className="wb-offer-place" onClick={() => fold(group.place, !open)}>
        <span className="wb-chevron" data-open={open || undefined}>
          <Icon name="chevron" />
        </span>
        <b>{name}</b>
        <span className="wb-count">{group.rows.length.toLocaleString('en')}</span>
        <small>{says}</small>
      </div>
      <div role="gridcell" className="wb-hint">
        {able.length > 0 && `${chosen.toLocaleString('en')} chosen`}
      </div>
    </div>
  );
}
