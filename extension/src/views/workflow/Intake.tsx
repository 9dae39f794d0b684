/** What the person has said of the skill: all that the first step has to go by. */
import React from 'react';
import { plain } from '../../components/plain';
import type { Intake as Said } from '../../protocol';

const LONG = 600;

export function Intake({ intake }: { intake: Said }): React.ReactElement | null {
  const { description, context, interview = {}, evidence = [] } = intake;
  const lines = [
    ['What it is to do', description],
    ['Of you and your work', context],
    ['It serves', listed(interview.serves)],
    ['It does not serve', listed(interview.refuses)],
    ['A good answer', interview.good],
    ['Evidence', evidence.map(({ origin }, i) => origin || `Cell ${i + 1}`).join('\n')]
  ].filter(([, text]) => text?.trim());
  return lines.length ? (
    <dl className="wb-intake">
      {lines.map(([word, text]) => (
        <React.Fragment key={word}>
          <dt>{word}</dt>
          <dd>{plain(text && text.length > LONG ? `${text.slice(0, LONG)}…` : (text ?? ''))}</dd>
        </React.Fragment>
      ))}
    </dl>
  ) : null;
}

const listed = (all: readonly string[] = []): string => all.map(each => `“${each}”`).join('\n');
