/** Tests that were made, by the version of the skill that they were made with. */
import React, { useState } from 'react';
import { firstLine, plural } from '../../components/format';
import { plain } from '../../components/plain';
import type { SkillTest } from '../../protocol';
import { byVersion, outcomeOf, short, when } from './words';

interface Props {
  tests: readonly SkillTest[];
  shown: string | null;
  show: (id: string) => void;
}

export function Earlier({ tests, shown, show }: Props): React.ReactElement | null {
  const [now] = useState(Date.now);
  if (!tests.length) {
    return null;
  }
  return (
    <nav className="wb-test-history" aria-label="Tests">
      {byVersion(tests).map(({ digest, tests: made }) => (
        <section key={digest} aria-label={`Version ${short(digest)}`}>
          <p className="wb-hint">
            Version <code title={plain(digest)}>{plain(short(digest))}</code> · {plural(made.length, 'test')}
          </p>
          <ul>
            {made.map(test => (
              <li key={test.id}>
                <button
                  type="button"
                  className="wb-file"
                  aria-current={test.id === shown || undefined}
                  onClick={() => show(test.id)}
                >
                  <span title={plain(test.prompt)}>{plain(firstLine(test.prompt))}</span>
                  <small>
                    {outcomeOf(test)} · {when(test, now)}
                  </small>
                </button>
              </li>
            ))}
          </ul>
        </section>
      ))}
    </nav>
  );
}
