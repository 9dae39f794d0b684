/** Tags as chips behind which one writes the next: Enter or a comma takes it, Backspace in the empty box takes the last away. */
import React, { useId, useRef, useState } from 'react';
import { Icon } from '../../components/Icon';
import { plain } from '../../components/plain';

interface Props {
  label: string;
  tags: readonly string[];
  change: (tags: readonly string[]) => void;
  /** Those in use, to be offered. */
  known: readonly string[];
}

const MOST_OFFERED = 100;

export function TagsInput({ label, tags, change, known }: Props): React.ReactElement {
  const [text, setText] = useState('');
  const box = useRef<HTMLInputElement>(null);
  const list = useId();
  const take = (written: string): void => {
    const fresh = written
      .split(',')
      .map(each => each.trim().toLowerCase())
      .filter(each => each && !tags.includes(each));
    if (fresh.length) {
      change([...tags, ...new Set(fresh)]);
    }
    setText('');
  };
  const onKeyDown = (event: React.KeyboardEvent): void => {
    if ((event.key === 'Enter' && text.trim()) || event.key === ',') {
      event.preventDefault();
      take(text);
    } else if (event.key === 'Backspace' && text === '' && tags.length) {
      change(tags.slice(0, -1));
    }
  };
  return (
    <div className="wb-tags-input wb-input">
      {tags.map(tag => (
        <span className="wb-tag" key={tag}>
          {plain(tag)}
          <button
            type="button"
            className="wb-quiet"
            aria-label={`Take off ${plain(tag)}`}
            onClick={() => {
              change(tags.filter(each => each !== tag));
              box.current?.focus();
            }}
          >
            <Icon name="cross" />
          </button>
        </span>
      ))}
      <input
        ref={box}
        aria-label={label}
        list={list}
        value={text}
        maxLength={50}
        placeholder={tags.length ? '' : 'Add tags'}
        onChange={event => setText(event.target.value)}
        onKeyDown={onKeyDown}
        onBlur={() => take(text)}
      />
      <datalist id={list}>
        {known
          .filter(each => !tags.includes(each))
          .slice(0, MOST_OFFERED)
          .map(each => (
            <option key={each} value={each} />
          ))}
      </datalist>
    </div>
  );
}
