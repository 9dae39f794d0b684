/**
 * What a person has to say about Workbench, in two phases: it is written, then looked over as it would be sent.
 *
 * Nothing leaves the machine before the person has seen it, and what was changed of it is kept while its words stay. Where nobody said to which repository it goes, or there is no
 * network, the text can be copied and sent by any other way.
 */
import React, { useState } from 'react';
import type { Answer, Client } from '../../client/client';
import { Icon } from '../../components/Icon';
import { Back, Frame } from '../Frame';
import type { Host } from '../host';
import { useLeaveGuard } from '../skill/leaving';
import { Review } from './Review';
import { Sent } from './Sent';
import { same } from './words';
import { Write } from './Write';

export type Drafted = Answer<'feedback.draft'>;
export type Submitted = Answer<'feedback.create_issue'>;

/** What was written, and what the person says that it is. */
export interface Words {
  readonly text: string;
  readonly kind: Drafted['kind'] | null;
}

/** What was made of some words, and what the person has made of that. */
interface Kept {
  readonly of: Words;
  readonly draft: Drafted;
  /** A model's answer came when the draft had become another one, and was left out. */
  readonly late?: boolean;
}

const NOTHING: Words = { text: '', kind: null };

interface Props {
  client: Client;
  host: Host;
}

export function FeedbackView({ client, host }: Props): React.ReactElement {
  const [words, setWords] = useState(NOTHING);
  const [kept, setKept] = useState<Kept | null>(null);
  const [looking, setLooking] = useState(false);
  const [sent, setSent] = useState<Submitted | null>(null);
  // A text that was copied is in the person's hands, until it is another one.
  const [copied, setCopied] = useState<Drafted | null>(null);
  const draft = kept && same(kept.of, words) ? kept.draft : null;
  // What comes late is not put in the place of what was made of other words meanwhile.
  const change = (next: Drafted): void =>
    setKept(before => (before && !same(before.of, words) ? before : { ...before, of: words, draft: next }));
  // Nor what a model answers in the place of what the person has made of these words since it was asked.
  const order = (from: Drafted, next: Drafted): void =>
    setKept(before => {
      if (!before || !same(before.of, words)) {
        return before;
      }
      if (before.draft.title === from.title && before.draft.body === from.body) {
        return { of: words, draft: next };
      }
      // One that was asked twice has answered before.
      return before.draft.by === 'model' ? before : { ...before, late: true };
    });
  const held = words.text.trim() !== '' && !sent && !(draft && draft === copied);
  useLeaveGuard(held, host, 'Feedback');
  const begin = (): void => {
    setWords(NOTHING);
    setKept(null);
    setLooking(false);
    setSent(null);
  };
  return (
    <Frame className="wb-skills wb-newskill" label="Feedback about Workbench" host={host}>
      <header className="wb-header">
        <Back host={host} />
        <h2 tabIndex={-1}>Feedback about Workbench</h2>
        <span className="wb-spring" />
        {sent && (
          <button type="button" className="wb-button" onClick={begin}>
            <Icon name="plus" /> Say something else
          </button>
        )}
      </header>
      <div className="wb-newskill-body">
        {sent ? (
          <Sent sent={sent} />
        ) : draft && looking ? (
          <Review
            client={client}
            host={host}
            words={words}
            draft={draft}
            change={change}
            order={order}
            late={kept?.late ?? false}
            back={() => setLooking(false)}
            copied={setCopied}
            sent={setSent}
          />
        ) : (
          <Write
            client={client}
            host={host}
            words={words}
            change={next => {
              setWords(next);
              setLooking(false);
            }}
            kept={draft}
            look={next => {
              if (next !== draft) {
                setKept({ of: words, draft: next });
              }
              setLooking(true);
            }}
          />
        )}
      </div>
    </Frame>
  );
}
