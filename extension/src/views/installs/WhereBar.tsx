/** Whose folders are shown: the person's own, or those of a project. */
import React, { useState } from 'react';
import { plain } from '../../components/plain';
import { EVERYWHERE, type Where } from './state';

interface Props {
  where: Where;
  projects: readonly string[];
  choose: (where: Where) => void;
}

const OTHER = '\u0000other';

export function WhereBar({ where, projects, choose }: Props): React.ReactElement {
  const [asking, setAsking] = useState(false);
  const [path, setPath] = useState('');
  const known =
    where.project === null || projects.includes(where.project) ? projects : [...projects, where.project];
  return (
    <>
      <label className="wb-skills-sort">
        For
        <select
          className="wb-input"
          value={asking ? OTHER : (where.project ?? '')}
          onChange={({ target: { value } }) => {
            setAsking(value === OTHER);
            if (value !== OTHER) {
              choose(value ? { scope: 'project', project: value } : EVERYWHERE);
            }
          }}
        >
          <option value="">you, in every project</option>
          {known.map(project => (
            <option key={project} value={project}>
              {plain(project)}
            </option>
          ))}
          <option value={OTHER}>another project…</option>
        </select>
      </label>
      {asking && (
        <form
          className="wb-source-line"
          aria-label="Another project"
          onSubmit={event => {
            event.preventDefault();
            if (path.trim()) {
              setAsking(false);
              choose({ scope: 'project', project: path.trim() });
            }
          }}
        >
          <input
            autoFocus
            className="wb-input"
            aria-label="Folder of the project"
            placeholder="/home/me/project"
            spellCheck={false}
            value={path}
            onChange={event => setPath(event.target.value)}
          />
          <button type="submit" className="wb-button" aria-disabled={!path.trim()}>
            Show
          </button>
        </form>
      )}
    </>
  );
}
