/** What a call is about, in its line: of a file the name always, and as much as there is room for of where it lies. */
import React, { createContext, useContext } from 'react';
import { plain } from '../../components/plain';
import type { ToolBlock } from './blocks';
import { about } from './layout';
import { told } from './path';

/** Where the session works, as far as its transcript says. */
export const Folder = createContext<string | undefined>(undefined);

export function Subject({ tool }: { tool: ToolBlock }): React.ReactElement {
  const from = useContext(Folder);
  const { text, isPath } = about(tool);
  if (!isPath) {
    return <span className="wb-tool-subject">{oneLine(text.slice(0, 400))}</span>;
  }
  const { folder, name } = told(text, from);
  const whole = oneLine(text);
  return (
    <span className="wb-tool-subject" title={whole}>
      <span className="wb-tool-path" aria-hidden="true">
        {folder && (
          <span className="wb-tool-folder">
            <bdi dir="ltr">{oneLine(folder)}</bdi>
          </span>
        )}
        <span className="wb-tool-file">{oneLine(name)}</span>
      </span>
      <span className="wb-sr">{whole}</span>
    </span>
  );
}

const oneLine = (text: string): string => plain(text).replace(/\s+/g, ' ');
