/** The skill as it is now, a file at a time. */
import React, { useState } from 'react';
import { Icon } from '../../components/Icon';
import { plain } from '../../components/plain';
import type { RefineContent } from '../../protocol';
import { FileText } from '../skill/FileContent';

export function Preview({
  files,
  changed
}: {
  files: RefineContent['files'];
  /** Paths that have changes nobody has decided. */
  changed: ReadonlySet<string>;
}): React.ReactElement {
  const [chosen, setChosen] = useState<string | null>(null);
  const file = files.find(({ path }) => path === chosen) ?? files[0];
  return (
    <div className="wb-files">
      <ul className="wb-files-list" aria-label="Files">
        {files.map(({ path }) => (
          <li key={path}>
            <button
              type="button"
              className="wb-file"
              aria-current={path === file?.path || undefined}
              onClick={() => setChosen(path)}
            >
              <Icon name={changed.has(path) ? 'edit' : 'read'} />
              <span title={plain(path)}>{plain(path)}</span>
              <small>{changed.has(path) ? 'changed' : ''}</small>
            </button>
          </li>
        ))}
      </ul>
      <div
        className="wb-file-shown"
        role="region"
        aria-label={file ? plain(file.path) : 'No file'}
        tabIndex={0}
      >
        {file ? (
          <FileText key={file.path} path={file.path} text={file.text} />
        ) : (
          <p className="wb-hint">There is no file that can be refined.</p>
        )}
      </div>
    </div>
  );
}
