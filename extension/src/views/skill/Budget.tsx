/** What a skill costs a model: its line in the listing always, its text when it is used, its files when they are read. */
import React, { useEffect, useState } from 'react';
import { failureOf, type Answer, type Client } from '../../client/client';
import { Fold } from '../../components/Fold';
import { plural, tokens } from '../../components/format';
import { plain } from '../../components/plain';
import { Sentence } from '../../components/Sentence';
import type { Failure, Listing, Skill } from '../../protocol';
import { clientName } from '../skills/words';
import { Losses } from './Losses';

interface Props {
  client: Client;
  skill: Skill;
}

const MOST_FILES = 50;

export function Budget({ client, skill }: Props): React.ReactElement {
  const [found, setFound] = useState<Answer<'skills.budget'> | null>(null);
  const [failure, setFailure] = useState<Failure | null>(null);
  useEffect(() => {
    let current = true;
    client.call('skills.budget', { name: skill.name }).then(
      reply => {
        if (current) {
          setFound(reply);
          setFailure(null);
        }
      },
      error => current && setFailure(failureOf(error))
    );
    return () => {
      current = false;
    };
  }, [client, skill.name, skill.digest]);
  if (failure) {
    return <Sentence failure={failure} />;
  }
  const cost = found?.costs.find(({ name }) => name === skill.name);
  if (!found || !cost) {
    return <span className="wb-spinner" />;
  }
  const files = Object.entries(cost.files).sort(([, a], [, b]) => b - a);
  return (
    <div className="wb-budget">
      <dl className="wb-cards">
        <Figure title="In the listing" value={cost.listing} note="always: name and description" />
        <Figure title="Instructions" value={cost.body} note="when the skill is used" />
        <Figure
          title="Other files"
          value={cost.resources}
          note={`${plural(files.length, 'file')}, only when read`}
        />
      </dl>
      <section aria-label="Listings">
        <h3>Does the description reach the model?</h3>
        <p className="wb-hint">Among all the skills of this library, installed together.</p>
        {found.listings.map(listing => (
          <Fate key={listing.client} client={client} listing={listing} name={skill.name} />
        ))}
        <p className="wb-hint">Copilot, Gemini and the API publish no limit.</p>
      </section>
      {files.length > 0 && (
        <section aria-label="Files">
          <h3>The largest files</h3>
          <table className="wb-table">
            <caption>Tokens by file</caption>
            <tbody>
              {files.slice(0, MOST_FILES).map(([path, count]) => (
                <tr key={path}>
                  <th scope="row">{plain(path)}</th>
                  <td data-numeric>{tokens(count)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
      <p className="wb-hint">
        Tokens are {plain(found.basis)}: within about {Math.round(found.error * 100)} %.
      </p>
    </div>
  );
}

function Figure({ title, value, note }: { title: string; value: number; note: string }): React.ReactElement {
  return (
    <div className="wb-figure-card">
      <dt>{title}</dt>
      <dd className="wb-value">{tokens(value)}</dd>
      <dd className="wb-hint">tokens, {note}</dd>
    </div>
  );
}

interface FateProps {
  client: Client;
  listing: Listing;
  name: string;
}

function Fate({ client, listing, name }: FateProps): React.ReactElement {
  const entry = listing.entries.find(each => each.name === name);
  const part = listing.limit ? listing.needed / listing.limit : 0;
  const title = clientName(listing.client);
  return (
    <div className="wb-fate" data-fate={entry?.fate}>
      <p>
        <b>{title}</b> {fateOf(entry)}
      </p>
      <div
        className="wb-bar"
        role="meter"
        aria-label={`Listing of ${title}`}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(Math.min(1, part) * 100)}
        data-level={part >= 1 ? 'over' : part >= 0.8 ? 'near' : 'none'}
      >
        <span style={{ width: `${Math.min(1, part) * 100}%` }} />
      </div>
      <p className="wb-hint">
        All listings together need {listing.needed.toLocaleString('en')} of{' '}
        {listing.limit.toLocaleString('en')} {listing.unit}
        {listing.over > 0 && `: ${listing.over.toLocaleString('en')} too many`}.
      </p>
      {(listing.over > 0 || entry?.fate === 'cut') && (
        <Fold className="wb-losses" summary="Which descriptions does it cut?">
          {() => <Losses client={client} of={listing.client} />}
        </Fold>
      )}
    </div>
  );
}

function fateOf(entry: Listing['entries'][number] | undefined): string {
  const count = (value: number): string => value.toLocaleString('en');
  switch (entry?.fate) {
    case 'whole':
      return 'shows the whole description.';
    case 'cut':
      return `cuts the description after ${count(entry.shown)} of ${count(entry.full)} characters.`;
    case 'dropped':
      return 'drops the description: the model sees the name alone.';
    case 'omitted':
      return 'leaves the skill out: its listing is full.';
    case 'hidden':
      return 'does not list it, because the file says so.';
    default:
      return 'does not have it in its listing.';
  }
}
