/** How two versions of a skill differ, a file after the other. */
import React from 'react';
import { plural } from '../../components/format';
import { Fold } from '../../components/Fold';
import { plain } from '../../components/plain';
import type { GitFileDiff } from '../../protocol';
import { read } from './diff';
import { DiffView } from './DiffView';

const OPEN = 5;
const WORDS = { added: 'new', modified: 'changed', deleted: 'deleted', renamed: 'renamed' } as const;

export function Patches({ files }: { files: readonly GitFileDiff[] }): React.ReactElement {
  return (
    <div className="wb-patches">
      {files.map((file, i) => (
        <Fold key={file.path} className="wb-patch" open={i < OPEN} summary={<Summary file={file} />}>
          {() =>
            file.binary ? (
              <p className="wb-hint">This file is no text.</p>
            ) : file.patch ? (
              <DiffView label={`Changes of ${plain(file.path)}`} rows={read(file.patch)} />
            ) : (
              <p className="wb-hint">Its lines are not shown: there are too many.</p>
            )
          }
        </Fold>
      ))}
    </div>
  );
}

function Summary({ file }: { file: GitFileDiff }): React.ReactElement {
  const { path, old_path: old, change, added, removed, binary } = file;
  return (
    <>
      <span className="wb-path">
        {old && old !== path ? `${plain(old)} → ` : ''}
        {plain(path)}
      </span>
      <small>{WORDS[change] ?? plain(change)}</small>
      {!binary && (
        <small aria-label={`${plural(added, 'line')} added, ${plural(removed, 'line')} removed`}>
          <span className="wb-added">+{added}</span> <span className="wb-removed">−{removed}</span>
        </small>
      )}
      <span className="wb-spring" />
    </>
  );
}
