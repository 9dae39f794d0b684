/** What is done to the chosen places. What would put aside somebody's work asks once more. */
import React, { useEffect, useId, useRef, useState } from 'react';
import { Icon, type IconName } from '../../components/Icon';
import { plural } from '../../components/format';
import type { Act, Acts, Method } from './state';
import { ACT_WORDS } from './words';

interface Props {
  acts: Acts;
  count: number;
  busy: boolean;
  run: (act: Act, method: Method) => void;
  clear: () => void;
}

const ORDER: readonly { readonly act: Act; readonly icon: IconName; readonly asks: boolean }[] = [
  { act: 'install', icon: 'download', asks: false },
  { act: 'update', icon: 'refresh', asks: false },
  { act: 'replace', icon: 'edit', asks: true },
  { act: 'remove', icon: 'delete', asks: false },
  { act: 'discard', icon: 'delete', asks: true }
];

export function ActBar({ acts, count, busy, run, clear }: Props): React.ReactElement {
  const [method, setMethod] = useState<Method>('copy');
  const [asked, setAsked] = useState<Act | null>(null);
  const name = useId();
  if (asked) {
    return (
      <Confirm
        act={asked}
        count={acts[asked].length}
        confirm={() => {
          setAsked(null);
          run(asked, method);
        }}
        cancel={() => setAsked(null)}
      />
    );
  }
  return (
    <div className="wb-selection" role="toolbar" aria-label="Chosen places">
      <b>{plural(count, 'place')} chosen</b>
      {acts.install.length > 0 && (
        <div className="wb-segments" role="radiogroup" aria-label="How to install">
          {(['copy', 'link'] as const).map(each => (
            <label
              key={each}
              className="wb-segment"
              title={
                each === 'copy'
                  ? 'It stays as it is until it is updated.'
                  : 'It is always as in the library; it needs the library to be there.'
              }
            >
              <input type="radio" name={name} checked={method === each} onChange={() => setMethod(each)} />
              <span>{each === 'copy' ? 'Copy' : 'Link'}</span>
            </label>
          ))}
        </div>
      )}
      {ORDER.filter(({ act }) => acts[act].length > 0).map(({ act, icon, asks }) => (
        <button
          key={act}
          type="button"
          className={act === 'install' || act === 'update' ? 'wb-button wb-primary' : 'wb-button wb-danger'}
          aria-disabled={busy}
          onClick={() => !busy && (asks ? setAsked(act) : run(act, method))}
        >
          <Icon name={icon} /> {ACT_WORDS[act].does}
          {asks && '…'} ({acts[act].length})
        </button>
      ))}
      <span className="wb-spring" />
      {busy && <span className="wb-spinner" />}
      <button type="button" className="wb-button" onClick={clear}>
        Choose none
      </button>
    </div>
  );
}

interface ConfirmProps {
  act: Act;
  count: number;
  confirm: () => void;
  cancel: () => void;
}

/** The safe answer has the keyboard. */
function Confirm({ act, count, confirm, cancel }: ConfirmProps): React.ReactElement {
  const keep = useRef<HTMLButtonElement>(null);
  useEffect(() => keep.current?.focus(), []);
  const does = `${ACT_WORDS[act].does} (${plural(count, 'place')})?`;
  return (
    <div
      className="wb-asks"
      role="alertdialog"
      aria-label={does}
      onKeyDown={event => event.key === 'Escape' && cancel()}
    >
      <Icon name="warning" />
      <div>
        <p>
          <b>{does}</b>
        </p>
        <p className="wb-hint">What lies there is somebody’s work. It goes to the trash.</p>
      </div>
      <span className="wb-spring" />
      <button type="button" className="wb-button" ref={keep} onClick={cancel}>
        Keep
      </button>
      <button type="button" className="wb-button wb-danger" onClick={confirm}>
        {ACT_WORDS[act].does}
      </button>
    </div>
  );
}
