/** The first phase: in any words. */
import React, { useEffect, useRef } from 'react';
import type { Client } from '../../client/client';
import { useAction } from '../../components/hooks';
import { Sentence } from '../../components/Sentence';
import type { Host } from '../host';
import type { Drafted, Words } from './FeedbackView';

interface Props {
  client: Client;
  host: Host;
  words: Words;
  change: (words: Words) => void;
  /** What was made of these very words, and looked over. */
  kept: Drafted | null;
  look: (draft: Drafted) => void;
}

const KINDS: readonly (readonly [Words['kind'], string])[] = [
  ['bug', 'Something is wrong'],
  ['feature', 'I wish for something'],
  [null, 'I cannot say']
];

export function Write({ client, host, words, change, kept, look }: Props): React.ReactElement {
  const { text, kind } = words;
  const action = useAction();
  const box = useRef<HTMLTextAreaElement>(null);
  // A cell that is run leaves the keyboard with the notebook.
  const inCell = host.place === 'cell';
  useEffect(() => {
    if (!inCell) {
      box.current?.focus({ preventScroll: true });
    }
  }, [inCell]);
  const ready = text.trim() !== '';
  const submit = (event: React.FormEvent): void => {
    event.preventDefault();
    if (ready) {
      void action.run(async () =>
        look(kept ?? (await client.call('feedback.draft', { text: text.trim(), kind, rules_only: true })))
      );
    } else {
      box.current?.focus();
    }
  };
  return (
    <form className="wb-newskill-form" aria-label="Your words" onSubmit={submit}>
      <fieldset className="wb-lines">
        <legend>What is it about?</legend>
        {KINDS.map(([each, word]) => (
          <label key={word} className="wb-kind">
            <input
              type="radio"
              name="kind"
              checked={kind === each}
              onChange={() => change({ text, kind: each })}
            />{' '}
            {word}
          </label>
        ))}
      </fieldset>
      <label className="wb-field">
        <span>What is wrong, or what do you wish for?</span>
        <textarea
          ref={box}
          className="wb-input"
          rows={8}
          maxLength={50_000}
          value={text}
          placeholder="What you did, what you expected, and what happened instead."
          onChange={event => {
            change({ text: event.target.value, kind });
            action.forget();
          }}
        />
      </label>
      {action.failure && <Sentence failure={action.failure} />}
      <div className="wb-buttons">
        <button type="submit" className="wb-button wb-primary" aria-disabled={!ready || action.busy}>
          Look it over
        </button>
        <span className="wb-hint">
          {kept
            ? 'What you have looked over is kept as long as your words stay as they are.'
            : 'Nothing is sent yet: you see it first.'}
        </span>
      </div>
    </form>
  );
}
