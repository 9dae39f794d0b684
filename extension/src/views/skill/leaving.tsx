/** Nothing that was typed is lost by leaving: the browser, the place around the view and the view itself ask first. */
import React, { useEffect, useRef, type MutableRefObject } from 'react';
import { useAction } from '../../components/hooks';
import { Icon } from '../../components/Icon';
import type { Host } from '../host';

/** While `held`, the browser asks before it leaves the page, and the place is told so that it can ask before it closes.
 *  Without `save`, what is held can only be sent or discarded. */
export function useLeaveGuard(
  held: boolean,
  host: Host,
  name: string,
  save?: MutableRefObject<() => Promise<boolean>>
): void {
  useEffect(() => {
    if (!held) {
      return;
    }
    const ask = (event: BeforeUnloadEvent): void => event.preventDefault();
    window.addEventListener('beforeunload', ask);
    host.unsaved?.(save ? { name, save: () => save.current() } : { name });
    return () => {
      window.removeEventListener('beforeunload', ask);
      host.unsaved?.(null);
    };
  }, [held, host, name, save]);
}

interface Props {
  save: () => Promise<boolean>;
  leave: () => void;
  cancel: () => void;
}

/** Where a skill is shown in the place of the library, the way back asks too. The safe answer has the keyboard. */
export function ConfirmLeave({ save, leave, cancel }: Props): React.ReactElement {
  const stay = useRef<HTMLButtonElement>(null);
  const action = useAction();
  useEffect(() => stay.current?.focus(), []);
  const saved = async (): Promise<void> => {
    if (await save()) {
      leave();
    } else {
      cancel();
    }
  };
  return (
    <div
      className="wb-asks"
      role="alertdialog"
      aria-label="Leave without saving?"
      onKeyDown={event => event.key === 'Escape' && cancel()}
    >
      <Icon name="edit" />
      <p>
        <b>What you typed is not saved.</b>
      </p>
      <span className="wb-spring" />
      <button type="button" className="wb-button" ref={stay} onClick={cancel}>
        Stay
      </button>
      <button type="button" className="wb-button wb-danger" onClick={leave}>
        Discard
      </button>
      <button
        type="button"
        className="wb-button wb-primary"
        aria-disabled={action.busy}
        onClick={() => void action.run(saved)}
      >
        Save
      </button>
    </div>
  );
}
