/** What was decided, each with the answer that it came from. What needs a person's review is open, and comes first. */
import React, { memo, useState } from 'react';
import { useWatched } from '../../components/hooks';
import { Icon } from '../../components/Icon';
import { plain } from '../../components/plain';
import type { Decision } from '../../protocol';
import type { DecisionDesk, DecisionFields } from './desks';
import { Saving } from './Saving';
import { askedIn, openFirst } from './state';
import type { Work } from './useWorkflow';
import { DECISIONS } from './words';

interface Props {
  work: Work;
  jump: (id: string) => void;
}

export function Decisions({ work, jump }: Props): React.ReactElement | null {
  const { decisions, clarifications, sources } = work.state;
  // The order that it was opened with: a card that is decided stays where it is.
  const [order] = useState(() => openFirst(decisions?.decisions ?? []).map(({ id }) => id));
  if (!decisions) {
    return null;
  }
  const place = new Map(order.map((id, i) => [id, i]));
  const all = [...(decisions.decisions ?? [])].sort(
    (a, b) => (place.get(a.id) ?? 999) - (place.get(b.id) ?? 999)
  );
  const open = all.filter(({ status }) => status === 'needs-review').length;
  const asked = askedIn(clarifications);
  const { contradictory_inputs: contradictory } = decisions.metadata;
  return (
    <section className="wb-decisions" aria-label="Decisions">
      <p role="status" className="wb-hint">
        {open ? `${open} of ${all.length} need your review: confirm each, or change it.` : 'All are decided.'}
      </p>
      {contradictory === true && (
        <p className="wb-remark">
          <Icon name="warning" />
          <span>
            <b>Your answers contradict each other.</b> Settle what needs your review: until then no skill is
            written.
          </span>
        </p>
      )}
      {contradictory === 'revised' && (
        <p className="wb-hint">Your answers contradicted each other; you have settled that.</p>
      )}
      {all.map(each => (
        <Card
          key={each.id}
          decision={each}
          desk={work.decisions}
          readOnly={work.readOnly}
          source={sources[each.id] ?? null}
          title={asked.get(sources[each.id] ?? '')?.title ?? ''}
          jump={jump}
        />
      ))}
    </section>
  );
}

interface CardProps {
  decision: Decision;
  desk: DecisionDesk;
  readOnly: boolean;
  /** The question that it came from, and its title. */
  source: string | null;
  title: string;
  jump: (id: string) => void;
}

const Card = memo(function Card(props: CardProps): React.ReactElement {
  const { decision, desk, readOnly, source, title, jump } = props;
  const [opened, setOpened] = useState(decision.status === 'needs-review');
  const entry = useWatched(desk.entry(decision.id));
  const { word, mood } = DECISIONS[decision.status];
  const open = decision.status === 'needs-review';
  const editing = (opened || open) && !readOnly;
  const set = (next: Partial<DecisionFields>): void =>
    desk.change(decision.id, { ...entry.draft, ...next }, { soon: true });
  return (
    <article className="wb-decision" data-status={decision.status} aria-label={plain(decision.title)}>
      <header>
        <span className="wb-ask-id">{plain(decision.id)}</span>
        <b>{plain(decision.title)}</b>
        <span className="wb-mark" data-mood={mood === 'waiting' ? 'warn' : mood}>
          <Icon name={open ? 'question' : 'check'} />
          {word}
        </span>
        <span className="wb-spring" />
        {!editing && !readOnly && (
          <button
            type="button"
            className="wb-quiet"
            aria-label={`Change ${plain(decision.id)}`}
            title="Change"
            onClick={() => setOpened(true)}
          >
            <Icon name="edit" />
          </button>
        )}
      </header>
      <p className="wb-hint">{plain(decision.original_question)}</p>
      <Field
        label="Decision"
        value={entry.draft.decision}
        editing={editing}
        change={text => set({ decision: text })}
        leave={() => void desk.flush(decision.id)}
      />
      <Field
        label="What follows"
        value={entry.draft.implication}
        editing={editing}
        change={text => set({ implication: text })}
        leave={() => void desk.flush(decision.id)}
      />
      <div className="wb-ask-foot">
        {source && (
          <button type="button" className="wb-more" onClick={() => jump(source)}>
            From your answer to {plain(source)}
            {title && `: ${plain(title)}`}
          </button>
        )}
        <Saving
          desk={desk}
          id={decision.id}
          what="decision"
          entry={entry}
          show={value => [value.decision, value.implication].filter(Boolean).join(' — ')}
        />
        <span className="wb-spring" />
        {open && !readOnly && (
          <button
            type="button"
            className="wb-button wb-primary"
            aria-label={`Confirm ${plain(decision.id)}`}
            aria-disabled={!entry.draft.decision?.trim() || entry.phase === 'saving'}
            onClick={() =>
              entry.draft.decision?.trim() && desk.change(decision.id, entry.draft, { force: true })
            }
          >
            <Icon name="check" /> Confirm
          </button>
        )}
      </div>
    </article>
  );
});

interface FieldProps {
  label: string;
  value: string | null;
  editing: boolean;
  change: (text: string) => void;
  leave: () => void;
}

function Field({ label, value, editing, change, leave }: FieldProps): React.ReactElement | null {
  if (!editing) {
    return value ? (
      <p>
        {label !== 'Decision' && <span className="wb-hint">{label}: </span>}
        {plain(value)}
      </p>
    ) : null;
  }
  return (
    <label className="wb-decision-field">
      <span>{label}</span>
      <textarea
        className="wb-input"
        rows={2}
        value={value ?? ''}
        onChange={event => change(event.target.value)}
        onBlur={leave}
      />
    </label>
  );
}
