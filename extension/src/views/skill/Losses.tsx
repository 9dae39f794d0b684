/** The skills of the library whose descriptions a client does not show whole, those that lose most first. */
import React, { useEffect, useState } from 'react';
import { failureOf, type Client } from '../../client/client';
import { plain } from '../../components/plain';
import { Sentence } from '../../components/Sentence';
import type { Failure, ListingEntry } from '../../protocol';

const MOST = 100;

const WORDS: { readonly [fate in ListingEntry['fate']]?: string } = {
  cut: 'cut',
  dropped: 'dropped: the name alone is listed',
  omitted: 'left out'
};

/** `of`: the client whose listing it is. It is asked for when it is looked at, since every file is read for it. */
export function Losses({ client, of }: { client: Client; of: string }): React.ReactElement {
  const [entries, setEntries] = useState<readonly ListingEntry[] | null>(null);
  const [failure, setFailure] = useState<Failure | null>(null);
  useEffect(() => {
    let current = true;
    client.call('skills.budget', {}).then(
      ({ listings }) => current && setEntries(lossesIn(listings.find(each => each.client === of)?.entries)),
      error => current && setFailure(failureOf(error))
    );
    return () => {
      current = false;
    };
  }, [client, of]);
  if (failure) {
    return <Sentence failure={failure} />;
  }
  if (!entries) {
    return <p className="wb-hint wb-shimmer">Reading every skill…</p>;
  }
  return (
    <>
      <table className="wb-table">
        <caption className="wb-sr">Descriptions that are not shown whole</caption>
        <thead>
          <tr>
            <th scope="col">Skill</th>
            <th scope="col">Its description is</th>
            <th scope="col" data-numeric>
              Characters shown
            </th>
          </tr>
        </thead>
        <tbody>
          {entries.slice(0, MOST).map(({ name, fate, shown, full }) => (
            <tr key={name}>
              <th scope="row">{plain(name)}</th>
              <td>{WORDS[fate]}</td>
              <td data-numeric>
                {shown.toLocaleString('en')} of {full.toLocaleString('en')}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {entries.length > MOST && (
        <p className="wb-hint">And {(entries.length - MOST).toLocaleString('en')} more.</p>
      )}
    </>
  );
}

const lossesIn = (entries: readonly ListingEntry[] = []): readonly ListingEntry[] =>
  entries.filter(({ fate }) => WORDS[fate]).sort((a, b) => b.lost - a.lost || (a.name < b.name ? -1 : 1));
