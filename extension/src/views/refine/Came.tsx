/** What a turn came to: strays that were put back, and what a check has said. */
import React from 'react';
import { plural } from '../../components/format';
import { Fold } from '../../components/Fold';
import { Icon } from '../../components/Icon';
import { Markdown } from '../../components/Markdown';
import { plain } from '../../components/plain';
import type { RefineOutcome, Undone, Validation } from '../../protocol';

export function Came({ outcome }: { outcome: RefineOutcome }): React.ReactElement {
  const { changed, put_back: strays, validation, notice } = outcome;
  return (
    <section className="wb-came" aria-label="What the turn came to">
      {strays.length > 0 && (
        <p className="wb-hint" role="status">
          <Icon name="shield" /> Put back, because the message did not allow it:{' '}
          {strays.map(plain).join(', ')}.
        </p>
      )}
      {notice && <p className="wb-hint">{plain(notice)}</p>}
      {!changed.length && !validation && !strays.length && outcome.status === 'completed' && (
        <p className="wb-hint">It changed nothing.</p>
      )}
      {validation && <Checked validation={validation} />}
    </section>
  );
}

/** The three texts of a check. */
function Checked({ validation }: { validation: Validation }): React.ReactElement {
  const { validation_log: log, test_report: report, companions } = validation;
  return (
    <>
      {log && (
        <Fold className="wb-checked" open summary={<span>What the check found</span>}>
          {() => <Markdown text={log} />}
        </Fold>
      )}
      {report && (
        <Fold className="wb-checked" summary={<span>How it would do</span>}>
          {() => <Markdown text={report} />}
        </Fold>
      )}
      {companions.length > 0 && (
        <Fold
          className="wb-checked"
          summary={<span>{plural(companions.length, 'skill')} that would go well with it</span>}
        >
          {() => (
            <ul className="wb-companions">
              {companions.map(each => (
                <li key={each.slug}>
                  <b>{plain(each.slug)}</b>{' '}
                  <small>
                    {plain(each.dimension)} · {each.priority} priority · {each.score} of 5
                  </small>
                  <p>{plain(each.reason)}</p>
                  <p className="wb-hint">{plain(each.trigger)}</p>
                </li>
              ))}
            </ul>
          )}
        </Fold>
      )}
    </>
  );
}

/** What one undo did. */
export function TakenBack({ undone }: { undone: Undone }): React.ReactElement {
  const { restored, kept } = undone;
  return (
    <p className="wb-hint" role="status">
      {restored.length
        ? `As before the turn: ${restored.map(plain).join(', ')}.`
        : 'Nothing was to be taken back.'}
      {kept.length > 0 && ` Changed by somebody else since, and left: ${kept.map(plain).join(', ')}.`}
    </p>
  );
}
