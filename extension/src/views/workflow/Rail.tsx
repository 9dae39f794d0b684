/** The steps: how each stands, and what it has cost. The one that is shown is marked. */
import React, { memo } from 'react';
import { duration, money } from '../../components/format';
import { useNow } from '../../components/hooks';
import { Icon } from '../../components/Icon';
import { plain } from '../../components/plain';
import type { StepView } from '../../protocol';
import { isAtWork } from './state';
import { standingOf } from './words';

interface Props {
  steps: readonly StepView[];
  shown: string | undefined;
  show: (key: string) => void;
}

export const Rail = memo(function Rail({ steps, shown, show }: Props): React.ReactElement {
  return (
    <nav className="wb-rail" aria-label="Steps">
      <ol>
        {steps.map(step => (
          <RailStep key={step.key} step={step} shown={step.key === shown} show={show} />
        ))}
      </ol>
    </nav>
  );
});

interface StepProps {
  step: StepView;
  shown: boolean;
  show: (key: string) => void;
}

const RailStep = memo(function RailStep({ step, shown, show }: StepProps): React.ReactElement {
  const { word, mood, icon } = standingOf(step);
  const cost = costOf(step);
  return (
    <li>
      <button
        type="button"
        className="wb-rail-step"
        data-mood={mood}
        data-disabled={step.disabled || undefined}
        aria-current={shown ? 'step' : undefined}
        onClick={() => show(step.key)}
      >
        <span className="wb-rail-sign">
          {mood === 'running' ? <span className="wb-spinner" /> : <Icon name={icon} />}
        </span>
        <span className="wb-rail-title">
          {step.number + 1}. {plain(step.title)}
        </span>
        <span className="wb-rail-facts">
          <span>{word}</span>
          <Took step={step} />
          {cost && <span>{cost}</span>}
        </span>
      </button>
    </li>
  );
});

/** How long it took, or has been at work. */
export function Took({ step }: { step: StepView }): React.ReactElement | null {
  const running = isAtWork(step) && Boolean(step.started_at);
  const now = useNow(running, 1000);
  const ms = running ? now - Date.parse(step.started_at ?? '') : step.duration_ms;
  return ms == null || Number.isNaN(ms) ? null : <span>{duration(ms)}</span>;
}

/** Its cost in words; a replayed one was paid when it was recorded. Empty where nothing was spent. */
export function costOf({ cost, tokens = 0, replayed }: StepView): string {
  if (cost == null && !tokens) {
    return '';
  }
  return replayed ? `${money(cost)} replayed` : money(cost);
}
