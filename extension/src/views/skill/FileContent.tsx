/** A file as it is: Markdown as it reads, other text as text, and of the rest a word. */
import React, { useEffect, useState } from 'react';
import { failureOf, type Client } from '../../client/client';
import { Clip } from '../../components/Clip';
import { Markdown } from '../../components/Markdown';
import { Sentence } from '../../components/Sentence';
import type { Failure } from '../../protocol';

interface Props {
  client: Client;
  folder: string;
  /** Below the folder. */
  path: string;
}

export function FileContent({ client, folder, path }: Props): React.ReactElement {
  const [text, setText] = useState<string | null>(null);
  const [failure, setFailure] = useState<Failure | null>(null);
  useEffect(() => {
    let current = true;
    client.call('files.read', { path: `${folder}/${path}` }).then(
      reply => current && setText(reply.text),
      error => current && setFailure(failureOf(error))
    );
    return () => {
      current = false;
    };
  }, [client, folder, path]);
  if (failure) {
    // A picture or a program is no fault: it just cannot be read as text.
    return failure.facts?.reason === 'no_text' ? (
      <p className="wb-hint">This file is no text, so it is not shown.</p>
    ) : (
      <Sentence failure={failure} />
    );
  }
  if (text === null) {
    return <span className="wb-spinner" />;
  }
  return <FileText path={path} text={text} />;
}

/** A text as its file's name says that it is to be read. */
export function FileText({ path, text }: { path: string; text: string }): React.ReactElement {
  const [asText, setAsText] = useState(false);
  const rendered = /\.(md|markdown)$/i.test(path) && !asText;
  return (
    <>
      {/\.(md|markdown)$/i.test(path) && (
        <button type="button" className="wb-more" aria-pressed={asText} onClick={() => setAsText(!asText)}>
          {asText ? 'Show it as it reads' : 'Show the text'}
        </button>
      )}
      {rendered ? <Markdown text={withoutMatter(text)} /> : <Clip text={text} label={path} full />}
    </>
  );
}

const withoutMatter = (text: string): string =>
  text.replace(/^\ufeff?---[ \t]*\r?\n[\s\S]*?\n(?:---|\.\.\.)[ \t]*(?:\r?\n|$)/, '');
