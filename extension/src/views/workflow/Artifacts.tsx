/** The files that a step has made, and one of them as it reads. */
import React, { useState } from 'react';
import { Icon } from '../../components/Icon';
import { plain } from '../../components/plain';
import type { ArtifactRow } from '../../protocol';
import { FileContent } from '../skill/FileContent';
import type { Work } from './useWorkflow';
import { bytes } from './words';

export function Artifacts({
  work,
  files
}: {
  work: Work;
  files: readonly ArtifactRow[];
}): React.ReactElement {
  const { client, state } = work;
  const [chosen, setChosen] = useState<string | null>(null);
  const file = files.find(({ path }) => path === chosen) ?? files.find(({ present }) => present) ?? files[0];
  return (
    <div className="wb-files wb-artifacts">
      <ul className="wb-files-list" aria-label="Files of this step">
        {files.map(each => (
          <li key={each.path}>
            <button
              type="button"
              className="wb-file"
              aria-current={each === file || undefined}
              onClick={() => setChosen(each.path)}
            >
              <Icon name={each.present ? 'read' : 'warning'} />
              <span title={plain(each.path)}>{plain(each.path)}</span>
              <small>{each.present ? bytes(each.size) : 'gone'}</small>
            </button>
          </li>
        ))}
      </ul>
      <div className="wb-file-shown" role="region" aria-label={plain(file.path)} tabIndex={0}>
        {file.note && (
          <p className="wb-hint">
            <Icon name="info" /> {plain(file.note)}
          </p>
        )}
        {!file.present && (
          <p className="wb-hint">This file is not there any more. Reset the step to make it again.</p>
        )}
        {file.present && (
          // A file that was written again is read again.
          <FileContent
            key={`${file.path} ${state.rev}`}
            client={client}
            folder={state.folder}
            path={file.path}
          />
        )}
      </div>
    </div>
  );
}
