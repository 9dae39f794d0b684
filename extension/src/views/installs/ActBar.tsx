/**
 * What is done to the chosen places. What would put aside somebody's work asks once more, and so does what would hand a
 * client a skill in which a scan found something dangerous and which nobody has reviewed.
 *
 * Invariant: a yes is to the places that were asked about. Once others are chosen, the question is gone.
 */
import React, { useEffect, useId, useRef, useState } from 'react';
import { Icon, type IconName } from '../../components/Icon';
import { plural } from '../../components/format';
import { choiceOf, type Act, type Acts, type Cell, type Method } from './state';
import { ACT_WORDS } from './words';

interface Props {
  acts: Acts;
  count: number;
  /** Of the skills of these cells, those that no agent should be given unasked. */
  dangerous: (cells: readonly Cell[]) => Promise<readonly string[]>;
  busy: boolean;
  run: (act: Act, method: Method) => void;
  clear: () => void;
}

interface Step {
  readonly act: Act;
  readonly icon: IconName;
  /** It hands a skill to a client. */
  readonly gives: boolean;
  /** It puts aside what somebody has made. */
  readonly takes: boolean;
}

const ORDER: readonly Step[] = [
  { act: 'install', icon: 'download', gives: true, takes: false },
  { act: 'update', icon: 'refresh', gives: true, takes: false },
  { act: 'replace', icon: 'edit', gives: true, takes: true },
  { act: 'remove', icon: 'delete', gives: false, takes: false },
  { act: 'discard', icon: 'delete', gives: false, takes: true }
];

interface Asked extends Step {
  /** The choice that it is about. */
  readonly choice: string;
  readonly warned: readonly string[];
}

export function ActBar({ acts, count, dangerous, busy, run, clear }: Props): React.ReactElement {
  const [method, setMethod] = useState<Method>('copy');
  const [asked, setAsked] = useState<Asked | null>(null);
  const [looking, setLooking] = useState(false);
  const name = useId();
  const begin = async (step: Step): Promise<void> => {
    setLooking(true);
    const warned = step.gives ? await dangerous(acts[step.act]) : [];
    setLooking(false);
    if (step.takes || warned.length > 0) {
      setAsked({ ...step, choice: choiceOf(acts), warned });
    } else {
      run(step.act, method);
    }
  };
  if (asked && asked.choice !== choiceOf(acts)) {
    setAsked(null);
  } else if (asked) {
    return (
      <Confirm
        asked={asked}
        count={acts[asked.act].length}
        confirm={() => {
          setAsked(null);
          run(asked.act, method);
        }}
        cancel={() => setAsked(null)}
      />
    );
  }
  const held = busy || looking;
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
      {ORDER.filter(({ act }) => acts[act].length > 0).map(step => (
        <button
          key={step.act}
          type="button"
          className={step.gives && !step.takes ? 'wb-button wb-primary' : 'wb-button wb-danger'}
          aria-disabled={held}
          onClick={() => !held && void begin(step)}
        >
          <Icon name={step.icon} /> {ACT_WORDS[step.act].does}
          {step.takes && '…'} ({acts[step.act].length})
        </button>
      ))}
      <span className="wb-spring" />
      {held && <span className="wb-spinner" />}
      <button type="button" className="wb-button" onClick={clear}>
        Choose none
      </button>
    </div>
  );
}

interface ConfirmProps {
  asked: Asked;
  count: number;
  confirm: () => void;
  cancel: () => void;
}

/** The safe answer has the keyboard. */
function Confirm({ asked, count, confirm, cancel }: ConfirmProps): React.ReactElement {
  const { act, takes, warned } = asked;
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
        {takes && <p className="wb-hint">What lies there is somebody’s work. It goes to the trash.</p>}
        {warned.length > 0 && (
          <p className="wb-hint">
            A scan found something that looks dangerous in {namesOf(warned)}, and nobody has reviewed it. An
            agent that finds it there may do what it says.
          </p>
        )}
      </div>
      <span className="wb-spring" />
      <button type="button" className="wb-button" ref={keep} onClick={cancel}>
        {takes ? 'Keep' : 'Not now'}
      </button>
      <button type="button" className="wb-button wb-danger" onClick={confirm}>
        {ACT_WORDS[act].does}
      </button>
    </div>
  );
}

const namesOf = (names: readonly string[]): string =>
  names.slice(0, 3).join(', ') + (names.length > 3 ? ` and ${names.length - 3} more` : '');
