/** The files of a skill, and one of them as it is: Markdown as it reads, other text as text, and of the rest its size. */
import React, { useEffect, useState } from 'react';
import { failureOf, type Client } from '../../client/client';
import { Clip } from '../../components/Clip';
import { kilobytes } from '../../components/format';
import { Icon } from '../../components/Icon';
import { Markdown } from '../../components/Markdown';
import { plain } from '../../components/plain';
import { Sentence } from '../../components/Sentence';
import type { Failure, Skill } from '../../protocol';

interface Props {
  client: Client;
  skill: Skill;
}

/** So many are listed; a skill with more is a mistake that its author knows of. */
const MOST = 1_000;

export function Files({ client, skill }: Props): React.ReactElement {
  const [chosen, setChosen] = useState(skill.files[0]?.path ?? null);
  const file = skill.files.find(({ path }) => path === chosen);
  return (
    <div className="wb-files">
      <ul className="wb-files-list" aria-label="Files">
        {skill.files.slice(0, MOST).map(({ path, size, link, executable }) => (
          <li key={path}>
            <button
              type="button"
              className="wb-file"
              aria-current={path === chosen || undefined}
              onClick={() => setChosen(path)}
            >
              <Icon name={link ? 'open' : executable ? 'execute' : 'read'} />
              <span title={plain(path)}>{plain(path)}</span>
              <small>{link ? 'link' : bytes(size)}</small>
            </button>
          </li>
        ))}
        {skill.files.length > MOST && <li className="wb-hint">and {skill.files.length - MOST} more</li>}
      </ul>
      <div
        className="wb-file-shown"
        role="region"
        aria-label={file ? plain(file.path) : 'No file'}
        tabIndex={0}
      >
        {!file && <p className="wb-hint">There is no file in this skill.</p>}
        {file?.link && <p className="wb-hint">This is a link. Where it leads is not followed here.</p>}
        {file && !file.link && (
          <Content key={`${file.path} ${skill.digest}`} client={client} skill={skill} path={file.path} />
        )}
      </div>
    </div>
  );
}

const bytes = (size: number): string => (size < 1000 ? `${size} B` : kilobytes(size));

function Content({ client, skill, path }: Props & { path: string }): React.ReactElement {
  const [text, setText] = useState<string | null>(null);
  const [failure, setFailure] = useState<Failure | null>(null);
  const [asText, setAsText] = useState(false);
  useEffect(() => {
    let current = true;
    client.call('files.read', { path: `${skill.path}/${path}` }).then(
      reply => current && setText(reply.text),
      error => current && setFailure(failureOf(error))
    );
    return () => {
      current = false;
    };
  }, [client, skill.path, path]);
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
