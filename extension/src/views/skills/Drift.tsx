/**
 * What has drifted apart between the library and its folders: one line and a button, and behind it what would be done.
 *
 * Nothing is done before the person has seen it, but for what needs nobody's consent. What has more than one way asks for a
 * choice, and may be left; nobody is told of that again, and a quiet line at the end leads back to it.
 */
import React, { useEffect, useState } from 'react';
import type { Client } from '../../client/client';
import { useAction } from '../../components/hooks';
import { plural } from '../../components/format';
import { Icon } from '../../components/Icon';
import { plain } from '../../components/plain';
import { Sentence } from '../../components/Sentence';
import type { Drift as Finding } from '../../protocol';
import type { Done } from './Selection';

type Choice = Finding['choices'][number];

interface Props {
  client: Client;
  done: (done: Done) => void;
}

const WORDS: { readonly [choice in Choice]: string } = {
  add: 'Take it into the library',
  remove: 'To the trash',
  skip: 'Leave it'
};

export function Drift({ client, done }: Props): React.ReactElement | null {
  const [findings, setFindings] = useState<readonly Finding[]>([]);
  const [line, setLine] = useState<string | null>(null);
  const [open, setOpen] = useState(false);
  const [choices, setChoices] = useState<{ readonly [name: string]: Choice }>({});
  const action = useAction();
  useEffect(() => {
    let current = true;
    // What cannot be compared is no reason to show no skills: the list says what is wrong itself.
    const look = async (): Promise<void> => {
      const reply = await client.call('workspace.reconcile', {});
      if (current) {
        setFindings(reply.findings.filter(({ silent }) => !silent));
        setLine(reply.line);
      }
      if (reply.findings.some(({ silent }) => silent)) {
        await client.call('workspace.apply_reconcile', { silent_only: true });
      }
    };
    look().catch(() => undefined);
    return () => {
      current = false;
    };
  }, [client]);
  const skipped = findings.filter(each => each.skipped);
  if (line === null && skipped.length === 0) {
    return null;
  }
  const apply = async (): Promise<void> => {
    await action.run(async () => {
      const { applied, left } = await client.call('workspace.apply_reconcile', { choices: { ...choices } });
      close();
      setFindings(left.filter(({ silent }) => !silent));
      done({
        words: applied.map(({ message }) => plain(message)).join(' ') || 'Nothing was changed.',
        undo: null
      });
    });
  };
  const close = (): void => {
    setLine(null);
    setOpen(false);
  };
  const later = (): void => {
    close();
    if (line !== null) {
      // That one went on without it is kept, whether or not the note of it arrives.
      void client.call('workspace.reconcile', { cancel: true }).catch(() => undefined);
    }
  };
  if (line === null && !open) {
    const words = `${plural(skipped.length, 'folder')} ${skipped.length === 1 ? 'is' : 'are'} left out…`;
    return (
      <div className="wb-drift" data-quiet>
        <button type="button" className="wb-more" onClick={() => setOpen(true)}>
          {words}
        </button>
      </div>
    );
  }
  return (
    <div className="wb-drift" role="group" aria-label="Folders and library">
      <div className="wb-done-line">
        <Icon name="info" />
        <span role="status">{line === null ? 'These were left where they are.' : plain(line)}</span>
        {!open && (
          <button type="button" className="wb-button" onClick={() => setOpen(true)}>
            Look…
          </button>
        )}
        <button
          type="button"
          className="wb-quiet"
          aria-label="Go on without"
          title="Go on without"
          onClick={later}
        >
          <Icon name="cross" />
        </button>
      </div>
      {open && (
        <>
          <ul>
            {findings.map(({ scenario, skill, message, choices: offered, skipped: wasSkipped }) => (
              <li key={`${scenario} ${skill}`}>
                <span>
                  <b>{plain(skill)}</b> {plain(message)}
                </span>
                {offered.length > 0 && (
                  <select
                    className="wb-input"
                    aria-label={`What to do with ${plain(skill)}`}
                    value={choices[skill] ?? ''}
                    onChange={event => setChoices({ ...choices, [skill]: event.target.value as Choice })}
                  >
                    {!choices[skill] && (
                      <option value="">{wasSkipped ? 'Still leave it' : 'Decide later'}</option>
                    )}
                    {offered.map(each => (
                      <option key={each} value={each}>
                        {WORDS[each] ?? plain(each)}
                      </option>
                    ))}
                  </select>
                )}
              </li>
            ))}
          </ul>
          {action.failure && <Sentence failure={action.failure} />}
          <div className="wb-buttons">
            <button
              type="button"
              className="wb-button wb-primary"
              aria-disabled={action.busy}
              onClick={apply}
            >
              Apply
            </button>
            <button type="button" className="wb-button" onClick={later}>
              Go on without
            </button>
          </div>
        </>
      )}
    </div>
  );
}
