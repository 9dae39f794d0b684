/** What of the library is shown, and how: search, order, layout; and the place of the filters. */
import React, { useId, useState } from 'react';
import { plural } from '../../components/format';
import { Icon } from '../../components/Icon';
import { FACETS, isNarrowed, LAYOUTS, SORTS, widened, type Choice, type Sort } from './state';
import { SORT_WORDS } from './words';

export function Controls({
  choice,
  change
}: {
  choice: Choice;
  change: (choice: Choice) => void;
}): React.ReactElement {
  const name = useId();
  const narrowed = FACETS.reduce((sum, facet) => sum + choice.facets[facet].length, 0);
  return (
    <div className="wb-skills-controls">
      <input
        type="search"
        className="wb-input"
        aria-label="Search skills"
        placeholder="Search by name, description, tag ( / )"
        value={choice.query}
        onChange={event => change({ ...choice, query: event.target.value })}
        onKeyDown={event => event.key === 'Escape' && choice.query && change({ ...choice, query: '' })}
      />
      {isNarrowed(choice) && (
        <button type="button" className="wb-more" onClick={() => change(widened(choice))}>
          Show all{narrowed > 0 && ` (${plural(narrowed, 'filter')})`}
        </button>
      )}
      <span className="wb-spring" />
      <label className="wb-skills-sort">
        Sort
        <select
          className="wb-input"
          value={choice.sort}
          onChange={event => change({ ...choice, sort: event.target.value as Sort })}
        >
          {SORTS.map(sort => (
            <option key={sort} value={sort}>
              {SORT_WORDS[sort]}
            </option>
          ))}
        </select>
      </label>
      <div className="wb-segments" role="radiogroup" aria-label="Layout">
        {LAYOUTS.map(layout => (
          <label key={layout} className="wb-segment" title={layout === 'grid' ? 'Cards' : 'Lines'}>
            <input
              type="radio"
              name={name}
              aria-label={layout === 'grid' ? 'Cards' : 'Lines'}
              checked={choice.layout === layout}
              onChange={() => change({ ...choice, layout })}
            />
            <span>
              <Icon name={layout} />
            </span>
          </label>
        ))}
      </div>
    </div>
  );
}

/** Beside the skills where there is room; else behind a button. */
export function FacetPlace({ children }: { children: React.ReactNode }): React.ReactElement {
  const [open, setOpen] = useState(false);
  return (
    <aside className="wb-facet-place" data-open={open || undefined} aria-label="Filters">
      <button
        type="button"
        className="wb-button wb-facet-switch"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      >
        <Icon name="filter" /> Filters
      </button>
      {children}
    </aside>
  );
}
