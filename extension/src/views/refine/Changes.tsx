/** What the agent has changed and nobody has decided: taken or left, by the file and by the part. */
import React, { useState } from 'react';
import { plural } from '../../components/format';
import { Fold } from '../../components/Fold';
import { useAction, type Action } from '../../components/hooks';
import { Icon } from '../../components/Icon';
import { plain } from '../../components/plain';
import type { RefineDiff } from '../../protocol';
import { Unread } from '../Frame';
import { read } from '../skill/diff';
import { DiffView } from '../skill/DiffView';
import { useCaught } from './useCaught';
import type { Refining } from './useRefine';

type File = RefineDiff['files'][number];
type Decide = (accept: boolean, path?: string, hunks?: readonly string[], digest?: string) => void;

const OPEN = 5;
const WORDS = { added: 'new', modified: 'changed', deleted: 'deleted' } as const;

export function Changes({ refining, diff }: { refining: Refining; diff: RefineDiff }): React.ReactElement {
  const [asking, setAsking] = useState(false);
  const [said, setSaid] = useState('');
  const action = useAction();
  const place = useCaught(said && diff);
  const off = refining.running;
  const decide: Decide = (accept, path, hunks, digest) =>
    void action.run(async () => {
      const commit = await refining.decide(accept, path, hunks, digest);
      const what = hunks?.length ? 'The part' : path === undefined ? 'All changes' : plain(path);
      const verb = path === undefined ? 'are' : 'is';
      setSaid(
        `${what} ${verb} ${accept ? 'accepted' : 'rejected'}${commit ? `: version ${commit.slice(0, 7)}` : ''}.`
      );
      setAsking(false);
    });
  return (
    <div className="wb-changes" ref={place} tabIndex={-1}>
      <div className="wb-changes-head">
        <span className="wb-hint">{diff.files.length ? plain(diff.stat) : 'Nothing is undecided.'}</span>
        <span className="wb-spring" />
        {diff.files.length > 0 && (
          <>
            <Button action={action} off={off} act={() => decide(true)} icon="check" primary>
              Accept all
            </Button>
            <Button action={action} off={off} act={() => setAsking(true)} icon="cross">
              Reject all…
            </Button>
          </>
        )}
      </div>
      {off && <p className="wb-hint">It can be decided when the agent is done.</p>}
      {asking && (
        <div
          className="wb-asks"
          role="alertdialog"
          aria-label="Reject all changes?"
          onKeyDown={event => event.key === 'Escape' && setAsking(false)}
        >
          <Icon name="warning" />
          <p>
            <b>Reject the changes of {plural(diff.files.length, 'file')}?</b> The files are as they were then,
            and what is rejected lies in the trash.
          </p>
          <span className="wb-spring" />
          <button type="button" className="wb-button" autoFocus onClick={() => setAsking(false)}>
            Keep them
          </button>
          <button
            type="button"
            className="wb-button wb-danger"
            aria-disabled={action.busy || off}
            onClick={() => off || decide(false)}
          >
            Reject all
          </button>
        </div>
      )}
      {action.failure && <Unread failure={action.failure} reload={refining.reload} />}
      <p className="wb-hint" role="status">
        {said}
      </p>
      {diff.files.map((file, i) => (
        <Changed key={file.path} file={file} open={i < OPEN} action={action} off={off} decide={decide} />
      ))}
    </div>
  );
}

interface ChangedProps {
  file: File;
  open: boolean;
  action: Action;
  off: boolean;
  decide: Decide;
}

function Changed({ file, open, action, off, decide }: ChangedProps): React.ReactElement {
  const { path, status, added, removed, hunks, digest, note } = file;
  const name = plain(path);
  return (
    <section className="wb-changed" aria-label={name}>
      <Fold
        className="wb-patch"
        open={open}
        summary={
          <>
            <span className="wb-path">{name}</span>
            <small>{WORDS[status]}</small>
            <small aria-label={`${plural(added, 'line')} added, ${plural(removed, 'line')} removed`}>
              +{added} −{removed}
            </small>
          </>
        }
      >
        {() =>
          hunks.length ? (
            hunks.map((hunk, i) => {
              const which = `part ${i + 1} of ${name}`;
              return (
                <div className="wb-hunk" key={hunk.id}>
                  <DiffView
                    label={`Changes: ${which}`}
                    rows={read([hunk.header, ...hunk.lines].map(line => line.replace(/\n$/, '')).join('\n'))}
                  />
                  {hunks.length > 1 && (
                    <span className="wb-hunk-acts">
                      <Button
                        action={action}
                        off={off}
                        label={`Accept ${which}`}
                        icon="check"
                        act={() => decide(true, path, [hunk.id], digest)}
                      >
                        Accept
                      </Button>
                      <Button
                        action={action}
                        off={off}
                        label={`Reject ${which}`}
                        icon="cross"
                        act={() => decide(false, path, [hunk.id], digest)}
                      >
                        Reject
                      </Button>
                    </span>
                  )}
                </div>
              );
            })
          ) : (
            <p className="wb-hint">There are no lines to show. Take it or leave it whole.</p>
          )
        }
      </Fold>
      {note && (
        <p className="wb-hint wb-changed-note">
          <Icon name="info" /> {plain(note)}
        </p>
      )}
      <span className="wb-changed-acts">
        <Button
          action={action}
          off={off}
          label={`Accept ${name}`}
          icon="check"
          act={() => decide(true, path, [], digest)}
        >
          {hunks.length > 1 ? 'Accept file' : 'Accept'}
        </Button>
        <Button
          action={action}
          off={off}
          label={`Reject ${name}`}
          icon="cross"
          act={() => decide(false, path, [], digest)}
        >
          {hunks.length > 1 ? 'Reject file' : 'Reject'}
        </Button>
      </span>
    </section>
  );
}

interface ButtonProps {
  action: Action;
  off: boolean;
  act: () => void;
  icon: 'check' | 'cross';
  label?: string;
  primary?: boolean;
  children: React.ReactNode;
}

function Button({ action, off, act, icon, label, primary, children }: ButtonProps): React.ReactElement {
  const disabled = off || action.busy;
  return (
    <button
      type="button"
      className={`wb-button ${primary ? 'wb-primary' : ''}`}
      aria-label={label}
      aria-disabled={disabled}
      onClick={() => disabled || act()}
    >
      <Icon name={icon} /> {children}
    </button>
  );
}
