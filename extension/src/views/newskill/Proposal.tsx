/** What a cheap model would say of the skill, asked for with a click; each part is taken or left. */
import React, { useState } from 'react';
import type { Client } from '../../client/client';
import { useAction } from '../../components/hooks';
import { Icon } from '../../components/Icon';
import { plain } from '../../components/plain';
import { Sentence } from '../../components/Sentence';
import type { Draft, Suggested } from './state';

interface Props {
  client: Client;
  draft: Draft;
  provider: string | undefined;
  /** Its name, purpose and tags are suggested from now on. */
  take: (suggested: Suggested) => void;
  change: (more: Partial<Draft>) => void;
}

export function Proposal({ client, draft, provider, take, change }: Props): React.ReactElement | null {
  const [found, setFound] = useState<Suggested | null>(null);
  const action = useAction();
  if (!draft.text.trim()) {
    return null;
  }
  const { text, context, name } = draft;
  const ask = async (): Promise<void> => {
    const current = { ...(name ? { name } : {}), ...(context ? { context } : {}) };
    const driver = provider ? { provider } : {};
    const reply = await client.call('skills.suggest', { text: text.trim(), ask: true, current, ...driver });
    setFound(reply);
    take(reply);
  };
  return (
    <section className="wb-proposal-asked" aria-label="Proposal">
      <p className="wb-hint">
        <button
          type="button"
          className="wb-button"
          aria-disabled={action.busy}
          onClick={() => void action.run(ask)}
        >
          {action.busy ? <span className="wb-spinner" /> : <Icon name="think" />} Ask a model for a proposal
        </button>{' '}
        It costs a little and takes up to fifteen seconds.
      </p>
      {action.failure && <Sentence failure={action.failure} />}
      {found?.notice && (
        <p className="wb-hint" role="status">
          {plain(found.notice)}
        </p>
      )}
      <Part
        label="Said more precisely"
        text={found?.description}
        now={text}
        take={next => change({ text: next })}
      />
      <Part
        label="What it may need to know"
        text={found?.context}
        now={context}
        take={next => change({ context: next })}
      />
    </section>
  );
}

interface PartProps {
  label: string;
  text: string | null | undefined;
  /** What the person has there. */
  now: string;
  take: (text: string) => void;
}

function Part({ label, text, now, take }: PartProps): React.ReactElement | null {
  return text && text !== now ? (
    <blockquote className="wb-test-prompt" aria-label={label}>
      <small>{label}</small>
      <p>{plain(text)}</p>
      <button type="button" className="wb-more" onClick={() => take(text)}>
        Use this
      </button>
    </blockquote>
  ) : null;
}
