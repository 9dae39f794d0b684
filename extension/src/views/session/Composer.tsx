/** Where a person writes: guidance while the agent works, a follow-up when it is done. A refused text stays in the box. */
import React, { useLayoutEffect, useRef, useState } from 'react';
import { useAction } from '../../components/hooks';
import { Icon } from '../../components/Icon';
import { Sentence } from '../../components/Sentence';

interface Props {
  label: string;
  send: (text: string) => Promise<unknown>;
}

export function Composer({ label, send }: Props): React.ReactElement {
  const [text, setText] = useState('');
  const action = useAction();
  const box = useRef<HTMLTextAreaElement>(null);
  useLayoutEffect(() => grow(box.current), [text]);

  const submit = async (event: React.SyntheticEvent): Promise<void> => {
    event.preventDefault();
    const prompt = text.trim();
    if (prompt && (await action.run(() => send(prompt)))) {
      // What was typed since stays.
      setText(now => (now.trim() === prompt ? '' : now));
      box.current?.focus({ preventScroll: true });
    }
  };
  const onKeyDown = (event: React.KeyboardEvent): void => {
    if (event.key === 'Enter' && !event.shiftKey && !event.nativeEvent.isComposing) {
      void submit(event);
    }
  };
  return (
    <form className="wb-composer" onSubmit={submit}>
      {action.failure && <Sentence failure={action.failure} />}
      <div className="wb-box">
        <textarea
          ref={box}
          rows={1}
          aria-label={label}
          placeholder={label}
          value={text}
          onChange={event => {
            setText(event.target.value);
            action.forget();
          }}
          onKeyDown={onKeyDown}
        />
        <button
          type="submit"
          className="wb-send"
          aria-label="Send"
          title="Send (Enter)"
          aria-disabled={!text.trim() || action.busy}
        >
          {action.busy ? <span className="wb-spinner" /> : <Icon name="send" />}
        </button>
      </div>
    </form>
  );
}

/** As high as what is in it, up to the limit that the style sheet sets. */
function grow(box: HTMLTextAreaElement | null): void {
  if (box) {
    box.style.height = 'auto';
    box.style.height = `${box.scrollHeight}px`;
  }
}
