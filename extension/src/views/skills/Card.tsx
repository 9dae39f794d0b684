/** One skill in the library. A value, so that it is drawn again only when something of it has changed. */
import React, { memo } from 'react';
import { age } from '../../components/format';
import { Icon } from '../../components/Icon';
import { plain } from '../../components/plain';
import type { SkillRow } from '../../protocol';
import { Cost, SkillBadges } from './Badges';
import { isOwn } from './state';
import { wordOf } from './words';

interface Props {
  row: SkillRow;
  index: number;
  column: number;
  now: number;
  selected: boolean;
  /** It is the one stop of the Tab key in the grid. */
  current: boolean;
  open: (index: number) => void;
  toggle: (index: number) => void;
  focused: (index: number) => void;
}

const MOST_TAGS = 4;

export const Card = memo(function Card(props: Props): React.ReactElement {
  const { row, index, column, now, selected, current, open, toggle, focused } = props;
  const name = plain(row.name);
  return (
    <div
      role="gridcell"
      className="wb-skill-card"
      data-index={index}
      aria-colindex={column + 1}
      aria-selected={isOwn(row) ? selected : undefined}
      aria-label={name}
      tabIndex={current ? 0 : -1}
      onFocus={event => event.target === event.currentTarget && focused(index)}
      onDoubleClick={() => open(index)}
    >
      <span className="wb-skill-pick">
        {isOwn(row) && (
          <input
            type="checkbox"
            tabIndex={-1}
            checked={selected}
            aria-label={`Select ${name}`}
            onChange={() => toggle(index)}
          />
        )}
      </span>
      <button type="button" className="wb-skill-name" tabIndex={-1} title={name} onClick={() => open(index)}>
        {name}
      </button>
      {row.locked && (
        <span className="wb-skill-lock" role="img" aria-label="Being edited" title="It is being edited">
          <Icon name="lock" />
        </span>
      )}
      <p className="wb-skill-says">{row.description ? plain(row.description) : <i>No description</i>}</p>
      <span className="wb-skill-badges">
        <SkillBadges row={row} />
      </span>
      <span className="wb-skill-tags">
        {row.tags.slice(0, MOST_TAGS).map(tag => (
          <span className="wb-tag" key={tag}>
            {plain(tag)}
          </span>
        ))}
        {row.tags.length > MOST_TAGS && (
          <span className="wb-hint" title={row.tags.slice(MOST_TAGS).map(plain).join(', ')}>
            +{row.tags.length - MOST_TAGS}
          </span>
        )}
      </span>
      <span className="wb-skill-facts">
        <Cost tokens={row.tokens} />
        <span>
          <span className="wb-skill-source">{wordOf('source', row.source)} · </span>
          {age(row.updated_at, now)}
        </span>
      </span>
    </div>
  );
});
