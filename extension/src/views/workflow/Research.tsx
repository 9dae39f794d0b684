/** What the research looked at and found, in a card that stays out of the way of the questions. */
import React from 'react';
import { plural } from '../../components/format';
import { Fold } from '../../components/Fold';
import { Icon } from '../../components/Icon';
import { Markdown } from '../../components/Markdown';
import { plain } from '../../components/plain';
import { Sentence } from '../../components/Sentence';
import type { Clarifications, DimensionScore } from '../../protocol';

export function Research({ document }: { document: Clarifications }): React.ReactElement {
  const { metadata, notes = [] } = document;
  const { research_plan: plan } = metadata;
  const halt = metadata.error ?? metadata.warning;
  const chosen = new Set(plan.selected_dimensions.map(({ name }) => name));
  const facts = [
    plural(metadata.question_count, 'question'),
    metadata.must_answer_count ? `${metadata.must_answer_count} must be answered` : '',
    metadata.refinement_count ? plural(metadata.refinement_count, 'refinement') : '',
    `${plan.dimensions_selected} of ${plural(plan.dimensions_evaluated, 'dimension')} looked into`
  ].filter(Boolean);
  return (
    <>
      {halt && (
        <Sentence
          past
          failure={{
            kind: halt.code,
            message: halt.message,
            remedy: 'Say more closely what the skill is for, then reset this step and run it again.'
          }}
        />
      )}
      <Fold
        className="wb-research"
        open={metadata.question_count === 0}
        summary={
          <>
            <Icon name="search" />
            <span className="wb-research-title">{plain(metadata.title)}</span>
            <small>{facts.join(' · ')}</small>
          </>
        }
      >
        {() => (
          <>
            {plan.domain && <p className="wb-hint">{plain(plan.domain)}</p>}
            <ul className="wb-dimensions">
              {[...plan.dimension_scores]
                .sort((a, b) => Number(chosen.has(b.name)) - Number(chosen.has(a.name)) || b.score - a.score)
                .map(each => (
                  <Dimension key={each.name} dimension={each} chosen={chosen.has(each.name)} />
                ))}
            </ul>
            {notes.map((note, i) => (
              <div key={i} className="wb-note" data-kind={note.type}>
                <b>
                  {NOTE_WORDS[note.type]}: {plain(note.title)}
                </b>
                <Markdown text={note.body} />
              </div>
            ))}
          </>
        )}
      </Fold>
    </>
  );
}

const NOTE_WORDS = {
  inconsistency: 'Does not fit together',
  critical_gap: 'A gap',
  flag: 'To be known',
  scope_recommendation: 'The scope'
} as const;

function Dimension({
  dimension,
  chosen
}: {
  dimension: DimensionScore;
  chosen: boolean;
}): React.ReactElement {
  const { name, score, reason, focus } = dimension;
  return (
    <li data-chosen={chosen || undefined}>
      <span
        className="wb-score"
        role="img"
        aria-label={`${score} of 5`}
        title={`${score} of 5: what a model does not know of itself`}
      >
        <span style={{ width: `${Math.min(5, Math.max(0, score)) * 20}%` }} />
      </span>
      <span>
        <b>{plain(name)}</b> {chosen && <span className="wb-badge">looked into</span>}
        <small>{plain(chosen && focus ? focus : reason)}</small>
      </span>
    </li>
  );
}
