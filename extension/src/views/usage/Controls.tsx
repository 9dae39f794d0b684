/** What is shown: which days, in which time zone, and of what. */
import React, { useEffect, useId, useRef, useState } from 'react';
import { Icon } from '../../components/Icon';
import { plain } from '../../components/plain';
import {
  filtered,
  FILTERS,
  isDay,
  isZone,
  ranged,
  RANGES,
  type Choice,
  type Filter,
  type Range
} from './state';
import { ownZone, zones } from './zones';

const RANGE_WORDS: { readonly [range in Range]: string } = {
  '7d': '7 days',
  '30d': '30 days',
  '90d': '90 days',
  month: 'This month',
  custom: 'Custom'
};

const FILTER_WORDS: { readonly [filter in Filter]: string } = {
  provider: 'Provider',
  project: 'Project',
  model: 'Model',
  skill: 'Skill'
};

interface Props {
  choice: Choice;
  change: (choice: Choice) => void;
  /** What there is to choose from, each filter's own part of the range. */
  options: { readonly [filter in Filter]: readonly string[] };
  now: number;
}

export function Controls({ choice, change, options, now }: Props): React.ReactElement {
  // A page may have several dashboards; the buttons of each are a group of their own.
  const name = useId();
  return (
    <div className="wb-controls" role="group" aria-label="What is shown">
      <div className="wb-segments" role="radiogroup" aria-label="Days">
        {RANGES.map(range => (
          <label key={range} className="wb-segment">
            <input
              type="radio"
              name={name}
              checked={choice.range === range}
              onChange={() => change(ranged(choice, range, now))}
            />
            <span>{RANGE_WORDS[range]}</span>
          </label>
        ))}
      </div>
      {choice.range === 'custom' && <Dates choice={choice} change={change} />}
      <Zone choice={choice} change={change} />
      <div className="wb-filters" role="group" aria-label="Filters">
        {FILTERS.map(name => (
          <FilterChoice
            key={name}
            name={name}
            value={choice.filters[name] ?? null}
            options={options[name]}
            choose={value => change(filtered(choice, name, value))}
          />
        ))}
      </div>
    </div>
  );
}

type Changing = Pick<Props, 'choice' | 'change'>;

function Dates({ choice, change }: Changing): React.ReactElement {
  const input = (name: 'since' | 'until', word: string): React.ReactElement => (
    <label>
      {word}
      <input
        type="date"
        className="wb-input"
        value={choice[name]}
        onChange={({ target: { value } }) => isDay(value) && change({ ...choice, [name]: value })}
      />
    </label>
  );
  return (
    <div className="wb-dates">
      {input('since', 'From')}
      {input('until', 'to')}
    </div>
  );
}

/** A box that takes any IANA name and offers those that the browser knows. What is not a zone is not taken, and said. */
function Zone({ choice, change }: Changing): React.ReactElement {
  const list = useId();
  const [text, setText] = useState(choice.timezone);
  useEffect(() => setText(choice.timezone), [choice.timezone]);
  const valid = isZone(text);
  const take = (value: string): void => {
    setText(value);
    if (isZone(value) && value !== choice.timezone) {
      change({ ...choice, timezone: value });
    }
  };
  return (
    <label className="wb-zone">
      Time zone
      <input
        className="wb-input"
        list={list}
        value={text}
        spellCheck={false}
        aria-invalid={!valid}
        title={valid ? undefined : 'Not a time zone: write it as in Europe/Berlin or UTC.'}
        onFocus={event => event.target.select()}
        onChange={event => setText(event.target.value)}
        onInput={event => {
          // Chosen from the list, and not typed letter by letter: a name may begin another.
          if (!(event.nativeEvent as InputEvent).inputType?.startsWith('insertText')) {
            take(event.currentTarget.value);
          }
        }}
        onKeyDown={event => event.key === 'Enter' && take(text)}
        onBlur={() => (valid ? take(text) : setText(choice.timezone))}
      />
      <datalist id={list}>
        {zones(ownZone()).map(name => (
          <option key={name} value={name} />
        ))}
      </datalist>
    </label>
  );
}

interface FilterProps {
  name: Filter;
  value: string | null;
  options: readonly string[];
  choose: (value: string | null) => void;
}

/** A list to choose from; what was chosen is a chip in its place, which is removed by its button. The focus stays there. */
function FilterChoice({ name, value, options, choose }: FilterProps): React.ReactElement {
  const place = useRef<HTMLSpanElement>(null);
  const chosen = useRef(false);
  useEffect(() => {
    if (chosen.current) {
      chosen.current = false;
      place.current?.querySelector<HTMLElement>('select, button')?.focus();
    }
  }, [value]);
  const take = (next: string | null): void => {
    chosen.current = true;
    choose(next);
  };
  const word = FILTER_WORDS[name];
  return (
    <span ref={place}>
      {value === null ? (
        <select
          className="wb-input"
          aria-label={`Filter by ${word.toLowerCase()}`}
          value=""
          disabled={!options.length}
          onChange={event => take(event.target.value || null)}
        >
          <option value="">{word}</option>
          {options.map(option => (
            <option key={option} value={option}>
              {plain(option)}
            </option>
          ))}
        </select>
      ) : (
        <span className="wb-chip">
          <span title={plain(value)}>
            {word}: <b>{plain(value)}</b>
          </span>
          <button
            type="button"
            className="wb-quiet"
            aria-label={`Remove the filter ${word}: ${plain(value)}`}
            onClick={() => take(null)}
          >
            <Icon name="cross" />
          </button>
        </span>
      )}
    </span>
  );
}
