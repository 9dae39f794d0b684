/** A test that is to be: its prompt, how often, by whom, and what it will cost. */
import React, { useEffect, useId, useRef, useState } from 'react';
import type { Client } from '../../client/client';
import { useAction } from '../../components/hooks';
import { Icon } from '../../components/Icon';
import { plain } from '../../components/plain';
import { Sentence } from '../../components/Sentence';
import type { Host } from '../host';
import { useLeaveGuard } from '../skill/leaving';
import { Driver } from '../workflow/Driver';
import { useDriver } from '../workflow/useDriver';
import { priceOf, usePrice } from '../workflow/usePrice';
import { usePrompts } from './usePrompts';
import type { Tests } from './useTests';

interface Props {
  client: Client;
  skill: string;
  host: Host;
  tests: Tests;
  prompt: string;
}

const MOST = 20;

export function Begin({ client, skill, host, tests, prompt: first }: Props): React.ReactElement {
  const [prompt, setPrompt] = useState(first);
  const [repeats, setRepeats] = useState(1);
  const [blind, setBlind] = useState(true);
  const prompts = usePrompts(client, skill);
  const action = useAction();
  const box = useRef<HTMLTextAreaElement>(null);
  const id = useId();
  const driven = useDriver(client, host, prompts.recorded);
  const { driving, unable } = driven;
  const estimate = usePrice(client, { skill, what: 'test', repeats, ...driving });
  const price = priceOf(estimate);
  const ready = prompt.trim() !== '' && !unable;
  // What it was opened with, and what is proposed, nobody wrote here.
  const typed = prompt.trim() !== '' && prompt !== first && !prompts.texts.includes(prompt);
  useLeaveGuard(typed, host, `Test ${plain(skill)}`);
  // A cell that is run leaves the keyboard with the notebook.
  const inCell = host.place === 'cell';
  useEffect(() => {
    if (!inCell) {
      box.current?.focus({ preventScroll: true });
    }
  }, [inCell]);
  const submit = (event: React.FormEvent): void => {
    event.preventDefault();
    if (ready) {
      void action.run(() => tests.run({ prompt: prompt.trim(), repeats, vote_first: blind, ...driving }));
    }
  };
  return (
    <form className="wb-test-form" aria-label="New test" onSubmit={submit}>
      <p className="wb-hint">
        Two agents get the same prompt, one with the skill and one without. A third compares the answers and
        never sees the skill.
      </p>
      <label className="wb-field">
        <span>Prompt</span>
        <textarea
          ref={box}
          className="wb-input"
          rows={4}
          maxLength={100_000}
          value={prompt}
          placeholder="Something that the skill is for, as you would say it."
          onChange={event => {
            setPrompt(event.target.value);
            action.forget();
          }}
        />
      </label>
      {prompts.texts.length > 0 && (
        <ul
          className="wb-says"
          aria-label={prompts.recorded ? 'Prompts that were recorded' : 'What it is to serve'}
        >
          {prompts.texts.map(text => (
            <li key={text}>
              <button type="button" className="wb-proposed" onClick={() => setPrompt(text)}>
                {plain(text.length > 160 ? `${text.slice(0, 159)}…` : text)}
              </button>
            </li>
          ))}
        </ul>
      )}
      <div className="wb-test-choices">
        <label className="wb-choice">
          Rounds{' '}
          <input
            type="number"
            className="wb-input"
            min={1}
            max={MOST}
            value={repeats}
            onChange={event =>
              setRepeats(Math.min(MOST, Math.max(1, Math.round(Number(event.target.value)) || 1)))
            }
          />
        </label>
        <label className="wb-choice">
          <input type="checkbox" checked={blind} onChange={event => setBlind(event.target.checked)} /> I vote
          before I am told which is which
        </label>
        <Driver driven={driven} />
      </div>
      {unable && <p className="wb-hint">{plain(unable)}</p>}
      {action.failure && <Sentence failure={action.failure} />}
      <span className="wb-paid">
        <button
          type="submit"
          className="wb-button wb-primary"
          aria-disabled={!ready || action.busy}
          aria-describedby={price ? `${id}-price` : undefined}
        >
          {action.busy ? <span className="wb-spinner" /> : <Icon name="resume" />} Test it
        </button>
        <small id={`${id}-price`} className="wb-price" title={estimate?.text}>
          {price}
        </small>
      </span>
    </form>
  );
}
