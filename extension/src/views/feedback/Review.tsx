/** The second phase: what would be sent, word for word, and where to. The person may change all of it. */
import React, { useCallback, useEffect, useRef, useState } from 'react';
import type { Client } from '../../client/client';
import { copied } from '../../components/clipboard';
import { useAction, useReading } from '../../components/hooks';
import { Icon } from '../../components/Icon';
import { plain } from '../../components/plain';
import { Sentence } from '../../components/Sentence';
import type { SubmitFeedback } from '../../protocol';
import type { Host } from '../host';
import { Driver } from '../workflow/Driver';
import { useDriver } from '../workflow/useDriver';
import type { Drafted, Submitted, Words } from './FeedbackView';
import { useByHand } from './useByHand';
import { MASK, textOf } from './words';

interface Props {
  client: Client;
  host: Host;
  words: Words;
  draft: Drafted;
  change: (draft: Drafted) => void;
  /** What a model has made of it takes its place, unless it is another one by now. */
  order: (from: Drafted, ordered: Drafted) => void;
  /** It was another one. */
  late: boolean;
  back: () => void;
  /** The text is in the clipboard. */
  copied: (draft: Drafted) => void;
  sent: (sent: Submitted) => void;
}

export function Review(props: Props): React.ReactElement {
  const { client, host, words, draft, change, back, sent } = props;
  const { kind, title, body, labels, by, notice } = draft;
  const settings = useReading(useCallback(() => client.call('settings.get', {}), [client]));
  const { feedback_repository: repository, github_url: github } = settings.value?.settings ?? {};
  const driven = useDriver(client, host, false);
  const [said, setSaid] = useState('');
  const ordering = useAction();
  const sending = useAction();
  const copying = useAction();
  const byHand = useByHand(client, draft);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus({ preventScroll: true }), []);
  const ready = title.trim() !== '' && !sending.busy;
  const order = (): void =>
    void ordering.run(async () =>
      props.order(
        draft,
        await client.call('feedback.draft', { text: words.text.trim(), kind: words.kind, ...driven.driving })
      )
    );
  const submit = (event: React.FormEvent): void => {
    event.preventDefault();
    if (ready && repository) {
      const issue = { kind, title: title.trim(), body, labels: labels as SubmitFeedback['labels'] };
      void sending.run(async () => sent(await client.call('feedback.create_issue', issue)));
    }
  };
  // A browser that lets a page write only in the moment of a click is not kept waiting where that can be helped.
  const copy = async (): Promise<void> => {
    const masked = byHand ?? (await client.call('feedback.by_hand', { title, body }));
    const done = await copied(textOf(masked));
    setSaid(done ? 'Copied.' : 'This page may not write the clipboard: select the text, and copy it.');
    // It stands in the page as it was copied, or as it is to be.
    const shown = { ...draft, title: masked.title, body: masked.body };
    change(shown);
    if (done) {
      props.copied(shown);
    }
  };
  return (
    <form className="wb-newskill-form" aria-label="What would be sent" onSubmit={submit}>
      <h3 ref={heading} tabIndex={-1}>
        {repository ? 'This would be sent' : 'This is your feedback'}
      </h3>
      <p className="wb-hint">
        It is {kind === 'bug' ? 'about a fault' : 'a wish'}.{' '}
        {by === 'model' ? 'A model has put your words in order. ' : 'These are your own words. '}
        Keys and other secrets that Workbench knows go from here as <code>{MASK}</code>, also those that you
        put in now; look for anything else that is not to be public.
      </p>
      {notice && <p className="wb-hint">{plain(notice)}</p>}
      <label className="wb-field">
        <span>Title</span>
        <input
          className="wb-input"
          value={title}
          maxLength={256}
          readOnly={copying.busy}
          onChange={event => change({ ...draft, title: event.target.value })}
        />
      </label>
      <label className="wb-field">
        <span>Text</span>
        <textarea
          className="wb-input"
          rows={14}
          maxLength={60_000}
          readOnly={copying.busy}
          value={body}
          onChange={event => change({ ...draft, body: event.target.value })}
        />
      </label>
      {by === 'rules' && driven.row && !driven.unable && (
        <div className="wb-buttons">
          <button type="button" className="wb-button" aria-disabled={ordering.busy} onClick={order}>
            {ordering.busy ? <span className="wb-spinner" /> : <Icon name="agent" />} Have a model put it in
            order
          </button>
          <Driver driven={driven} />
          <span className="wb-hint">It costs a little, and takes the place of what stands above.</span>
        </div>
      )}
      {props.late && !ordering.busy && (
        <p className="wb-hint" role="status">
          A model has put it in order, but you had changed it meanwhile: yours stays, the other was left out.
        </p>
      )}
      {ordering.failure && <Sentence failure={ordering.failure} />}
      {settings.failure && <Sentence failure={settings.failure} />}
      {settings.value && <Where repository={repository ?? ''} github={github ?? ''} />}
      {sending.failure && <Sentence failure={sending.failure} />}
      {copying.failure && <Sentence failure={copying.failure} />}
      {byHand?.cut && (
        <p className="wb-hint">
          The address that opens it as an issue has no room for all of the text: it is cut there. Copy the
          text to put in the rest.
        </p>
      )}
      <div className="wb-buttons">
        {repository && (
          <button type="submit" className="wb-button wb-primary" aria-disabled={!ready}>
            {sending.busy ? <span className="wb-spinner" /> : <Icon name="send" />} Send it
          </button>
        )}
        <button
          type="button"
          className={`wb-button ${repository ? '' : 'wb-primary'}`}
          onClick={() => void copying.run(copy)}
        >
          <Icon name="read" /> Copy the text
        </button>
        {repository && <Page href={byHand ? byHand.page : ''} />}
        <button type="button" className="wb-button" onClick={back}>
          <Icon name="back" /> Back to my words
        </button>
      </div>
      <p className="wb-hint" role="status">
        {said}
      </p>
    </form>
  );
}

function Where({ repository, github }: { repository: string; github: string }): React.ReactElement {
  return (
    <p className="wb-hint">
      {repository ? (
        <>
          It becomes an issue of <code>{plain(repository)}</code> on{' '}
          {plain(github.replace(/^https?:[/][/]/, ''))}, in the name with which you are signed in there.
        </>
      ) : (
        <>
          This Workbench was not told where feedback goes. Copy the text, and give it to whoever looks after
          Workbench for you. To send it from here:{' '}
          <code>workbench settings set feedback_repository=owner/repo</code>
        </>
      )}
    </p>
  );
}

/** Where the same issue can be made by hand. While its address is not known it leads nowhere, and has its place. */
function Page({ href }: { href: string | null | undefined }): React.ReactElement | null {
  if (href && !/^https?:/.test(href)) {
    return null;
  }
  const leads = href ? { href, target: '_blank', rel: 'noopener noreferrer' } : { 'aria-disabled': true };
  return (
    <a className="wb-button" role="link" {...leads}>
      <Icon name="open" /> Open it as an issue
    </a>
  );
}
