/** Where the skill loads, client by client; behind each what it stumbles over. */
import React, { useId, useState } from 'react';
import { Icon } from '../../components/Icon';
import { plain } from '../../components/plain';
import type { ClientAnswer, Skill } from '../../protocol';
import { gravest } from './state';

interface Props {
  clients: Skill['clients'];
  /** The text is being written: what clients make of it is known when it is saved. */
  draft: boolean;
  reveal: (line: number, column: number) => void;
}

type Standing = 'yes' | 'part' | 'no';

const SAID: { readonly [standing in Standing]: string } = {
  yes: 'loads',
  part: 'loads, with losses',
  no: 'does not load'
};
const ICONS = { yes: 'check', part: 'warning', no: 'cross' } as const;
const MOODS = { yes: 'good', part: 'warn', no: 'bad' } as const;

const standingOf = ({ loads, findings }: ClientAnswer): Standing =>
  !loads ? 'no' : findings.some(({ severity }) => severity === 'warning') ? 'part' : 'yes';

export function Clients({ clients, draft, reveal }: Props): React.ReactElement {
  const [chosen, setChosen] = useState<string | null>(null);
  const id = useId();
  const answers = Object.entries(clients);
  const answer = chosen === null ? undefined : clients[chosen];
  const loading = answers.filter(([, { loads }]) => loads).length;
  return (
    <section className="wb-clients" aria-label="Where it loads">
      <header>
        <b>Loads in</b>
        <span className="wb-sr" role="status">
          {loading} of {answers.length} clients{draft && ', as it is saved'}
        </span>
        {answers.map(([client, each]) => {
          const standing = standingOf(each);
          return (
            <button
              key={client}
              type="button"
              className="wb-client"
              data-mood={MOODS[standing]}
              aria-expanded={client === chosen}
              aria-controls={client === chosen ? id : undefined}
              aria-label={`${plain(each.title)} ${SAID[standing]}`}
              title={SAID[standing]}
              onClick={() => setChosen(client === chosen ? null : client)}
            >
              <Icon name={ICONS[standing]} />
              {plain(each.title)}
            </button>
          );
        })}
        {draft && <span className="wb-hint">as it is saved</span>}
      </header>
      {answer && (
        <ul id={id}>
          {answer.findings.length === 0 && <li className="wb-hint">Nothing stands in its way.</li>}
          {gravest(answer.findings).map(({ rule, line, column, message }, i) => (
            <li key={`${rule} ${i}`}>
              <button type="button" className="wb-more" onClick={() => reveal(line, column)}>
                Line {line}
              </button>
              {plain(message)}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
