/** What the library can be narrowed to, each with the number of skills that it would leave. */
import React, { useState } from 'react';
import { FACETS, offered, toggled, type Choice, type Facet, type Found } from './state';
import { FACET_WORDS, wordOf } from './words';

interface Props {
  found: Found;
  choice: Choice;
  change: (choice: Choice) => void;
}

/** So many values of a facet are offered at first. */
const MOST = 8;
/** And never more: a list beyond this is searched, not read. */
const LIMIT = 200;

export function Facets({ found, choice, change }: Props): React.ReactElement {
  return (
    <div className="wb-facets" role="group" aria-label="Filters">
      {FACETS.map(facet => (
        <FacetValues key={facet} facet={facet} found={found} choice={choice} change={change} />
      ))}
    </div>
  );
}

function FacetValues({ facet, found, choice, change }: Props & { facet: Facet }): React.ReactElement | null {
  const [whole, setWhole] = useState(false);
  const chosen = choice.facets[facet];
  // What would leave nothing is not offered, but for taking it back.
  const values = offered(found, choice, facet).filter(
    ([value, count]) => count > 0 || chosen.includes(value)
  );
  // One value says nothing, unless it is what was chosen.
  if (values.length < 2 && chosen.length === 0 && facet !== 'tag') {
    return null;
  }
  if (values.length === 0) {
    return null;
  }
  return (
    <fieldset className="wb-facet">
      <legend>{FACET_WORDS[facet]}</legend>
      {values.slice(0, whole ? LIMIT : MOST).map(([value, count]) => (
        <label key={value} className="wb-facet-value" data-none={count === 0 || undefined}>
          <input
            type="checkbox"
            checked={chosen.includes(value)}
            onChange={() => change(toggled(choice, facet, value))}
          />
          <span title={wordOf(facet, value)}>{wordOf(facet, value)}</span>
          <small>{count.toLocaleString('en')}</small>
        </label>
      ))}
      {values.length > MOST && (
        <button type="button" className="wb-more" aria-expanded={whole} onClick={() => setWhole(!whole)}>
          {whole ? 'Show less' : `Show ${Math.min(LIMIT, values.length) - MOST} more`}
        </button>
      )}
      {whole && values.length > LIMIT && (
        <p className="wb-hint">Search for one of the other {values.length - LIMIT}.</p>
      )}
    </fieldset>
  );
}
