/** How a skill is to be built, and the examples that show it without a key. */
import React, { useId } from 'react';
import { plural } from '../../components/format';
import { Icon } from '../../components/Icon';
import { plain } from '../../components/plain';
import type { DefinitionRow, ExampleRow } from '../../protocol';

interface Props {
  workflows: readonly DefinitionRow[];
  chosen: string;
  choose: (name: string) => void;
}

export function Ways({ workflows, chosen, choose }: Props): React.ReactElement {
  const group = useId();
  return (
    <fieldset className="wb-ways">
      <legend>How it is built</legend>
      {workflows.map(({ name, title, summary, steps, shipped, failure }) => (
        <label key={name} className="wb-way" data-off={failure ? true : undefined}>
          <input
            type="radio"
            name={group}
            checked={name === chosen}
            disabled={Boolean(failure)}
            onChange={() => choose(name)}
          />
          <span>
            <b>{plain(title || name)}</b>
            <small>
              {failure ? 'cannot be read' : plural(steps.length, 'step')}
              {!shipped && ' · your own'}
            </small>
            <span className="wb-hint">{plain(failure ? failure.message : summary)}</span>
          </span>
        </label>
      ))}
    </fieldset>
  );
}

interface ExamplesProps {
  examples: readonly ExampleRow[];
  chosen: string | null;
  choose: (example: ExampleRow | null) => void;
}

export function Examples({ examples, chosen, choose }: ExamplesProps): React.ReactElement | null {
  if (!examples.length) {
    return null;
  }
  const shown = examples.find(({ name }) => name === chosen);
  return shown ? (
    <div className="wb-example" role="group" aria-label="Recorded example">
      <p>
        <b>{plain(shown.title)}</b> <span className="wb-badge">Recorded example</span>
      </p>
      <p>{plain(shown.summary)}</p>
      <p className="wb-hint">
        It is played from recordings: no model is asked, no key is needed, and nothing is paid.
      </p>
      <button type="button" className="wb-button" onClick={() => choose(null)}>
        <Icon name="back" /> A skill of my own
      </button>
    </div>
  ) : (
    <p className="wb-hint wb-examples">
      Or try an example, offline and without a key:{' '}
      {examples.map(each => (
        <button key={each.name} type="button" className="wb-proposed" onClick={() => choose(each)}>
          {plain(each.title)}
        </button>
      ))}
    </p>
  );
}
