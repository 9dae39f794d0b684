/** What a person says to the refining agent: free words, files behind `@`, two commands; both are offered while they are typed. */
import React, { useId, useLayoutEffect, useRef, useState } from 'react';
import { useAction } from '../../components/hooks';
import { Icon } from '../../components/Icon';
import { plain } from '../../components/plain';
import { Sentence } from '../../components/Sentence';
import type { Host } from '../host';
import { useLeaveGuard } from '../skill/leaving';
import { completionAt, taken, type Offer } from './completing';

interface Props {
  host: Host;
  /** What the page is called. */
  name: string;
  /** What stands in the box at first. */
  first: string;
  files: readonly string[];
  /** Messages that an example has an answer for. */
  suggestions: readonly string[];
  /** Why nothing can be said now; null: something can. */
  off: string | null;
  /** What a message costs, in words. */
  price: string;
  send: (message: string) => Promise<unknown>;
}

export function Say({ host, name, first, files, suggestions, off, price, send }: Props): React.ReactElement {
  const [text, setText] = useState(first);
  const [cursor, setCursor] = useState(first.length);
  const [at, setAt] = useState(0);
  const [closed, setClosed] = useState(false);
  const action = useAction();
  const box = useRef<HTMLTextAreaElement>(null);
  const place = useRef<number | null>(null);
  const id = useId();
  // What it was opened with, and what an example offers, nobody wrote here.
  useLeaveGuard(text.trim() !== '' && text !== first && !suggestions.includes(text), host, name);
  const found = completionAt(text, cursor, files);
  const offers = closed || off ? [] : found.offers;
  const active = offers[Math.min(at, offers.length - 1)];
  useLayoutEffect(() => {
    const node = box.current;
    if (node) {
      node.style.height = 'auto';
      node.style.height = `${node.scrollHeight}px`;
      if (place.current !== null) {
        node.setSelectionRange(place.current, place.current);
        place.current = null;
      }
    }
  }, [text]);

  const write = (next: string, nextCursor: number): void => {
    setText(next);
    setCursor(nextCursor);
    setAt(0);
    setClosed(false);
    action.forget();
  };
  const take = (offer: Offer): void => {
    const next = taken(text, found, offer);
    place.current = next.cursor;
    write(next.text, next.cursor);
    box.current?.focus();
  };
  const submit = async (event: React.SyntheticEvent): Promise<void> => {
    event.preventDefault();
    const message = text.trim();
    if (message && !off && (await action.run(() => send(message)))) {
      // What was typed since stays.
      if (box.current?.value.trim() === message) {
        write('', 0);
      }
      box.current?.focus({ preventScroll: true });
    }
  };
  const onKeyDown = (event: React.KeyboardEvent): void => {
    if (event.nativeEvent.isComposing) {
      return;
    }
    if (active) {
      const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? offers.length - 1 : 0;
      if (step) {
        event.preventDefault();
        setAt((Math.min(at, offers.length - 1) + step) % offers.length);
        return;
      }
      if (event.key === 'Tab' || (event.key === 'Enter' && !event.shiftKey)) {
        event.preventDefault();
        take(active);
        return;
      }
      if (event.key === 'Escape') {
        event.stopPropagation();
        setClosed(true);
        return;
      }
    }
    if (event.key === 'Enter' && !event.shiftKey) {
      void submit(event);
    }
  };
  return (
    <form className="wb-composer wb-say" onSubmit={submit}>
      {action.failure && <Sentence failure={action.failure} />}
      {!text && suggestions.length > 0 && (
        <ul className="wb-says" aria-label="Messages that were recorded for this example">
          {suggestions.map(each => (
            <li key={each}>
              <button
                type="button"
                className="wb-proposed"
                onClick={() => {
                  write(each, each.length);
                  setClosed(true);
                  box.current?.focus();
                }}
              >
                {plain(each)}
              </button>
            </li>
          ))}
        </ul>
      )}
      {offers.length > 0 && (
        <ul className="wb-completing" role="listbox" id={id} aria-label="Files and commands">
          {offers.map((offer, i) => (
            <li
              key={offer.text}
              id={`${id}-${i}`}
              role="option"
              aria-selected={offer === active}
              // Not a click: the box would lose the keyboard first.
              onMouseDown={event => {
                event.preventDefault();
                take(offer);
              }}
            >
              <code>{plain(offer.text)}</code> <small>{offer.says}</small>
            </li>
          ))}
        </ul>
      )}
      <div className="wb-box">
        <textarea
          ref={box}
          rows={1}
          role="combobox"
          aria-label="What should be better?"
          aria-expanded={offers.length > 0}
          aria-controls={offers.length ? id : undefined}
          aria-activedescendant={active ? `${id}-${offers.indexOf(active)}` : undefined}
          aria-autocomplete="list"
          aria-describedby={`${id}-says`}
          placeholder="What should be better? @file limits it"
          value={text}
          onChange={({ target }) => write(target.value, target.selectionStart)}
          onSelect={({ currentTarget }) => setCursor(currentTarget.selectionStart)}
          onBlur={() => setClosed(true)}
          onFocus={() => setClosed(false)}
          onKeyDown={onKeyDown}
        />
        <button
          type="submit"
          className="wb-send"
          aria-label="Send"
          title="Send (Enter)"
          aria-disabled={!text.trim() || action.busy || off !== null}
        >
          {action.busy ? <span className="wb-spinner" /> : <Icon name="send" />}
        </button>
      </div>
      <p className="wb-hint" id={`${id}-says`}>
        {off ? plain(off) : price && `One message: ${price}.`}
      </p>
    </form>
  );
}
