/** The files of a skill, and one of them as it is. */
import React from 'react';
import type { Client } from '../../client/client';
import { kilobytes } from '../../components/format';
import { Icon } from '../../components/Icon';
import { plain } from '../../components/plain';
import type { Skill } from '../../protocol';
import { FileContent } from './FileContent';

interface Props {
  client: Client;
  skill: Skill;
  chosen: string | null;
  choose: (path: string) => void;
}

/** So many are listed; a skill with more is a mistake that its author knows of. */
const MOST = 1_000;

export function Files({ client, skill, chosen, choose }: Props): React.ReactElement {
  const file = skill.files.find(({ path }) => path === chosen) ?? skill.files[0];
  return (
    <div className="wb-files">
      <ul className="wb-files-list" aria-label="Files">
        {skill.files.slice(0, MOST).map(({ path, size, link, executable }) => (
          <li key={path}>
            <button
              type="button"
              className="wb-file"
              aria-current={path === file?.path || undefined}
              onClick={() => choose(path)}
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
          <FileContent
            key={`${file.path} ${skill.digest}`}
            client={client}
            folder={skill.path}
            path={file.path}
          />
        )}
      </div>
    </div>
  );
}

const bytes = (size: number): string => (size < 1000 ? `${size} B` : kilobytes(size));
