/** Where skills are to come from: written, chosen from this machine, or dropped. */
import React, { useEffect, useId, useRef } from 'react';
import { Icon } from '../../components/Icon';
import { ARCHIVES } from './upload';

interface Props {
  source: string;
  change: (source: string) => void;
  look: () => void;
  take: (file: File) => void;
}

const FORMS: readonly (readonly [string, string])[] = [
  ['A folder', '~/skills, or ./skills where the server runs'],
  ['An archive', 'a .skill, .zip or .tar.gz file: its path, its https address, or drop it here'],
  ['GitHub', 'owner/repo, owner/repo#branch, or the address of a repository or of a folder in it'],
  ['Another repository', 'https://…/repo.git or git@host:owner/repo'],
  ['A site', 'https://example.org, if it publishes an index of skills']
];

export function Source({ source, change, look, take }: Props): React.ReactElement {
  const box = useRef<HTMLInputElement>(null);
  const picker = useRef<HTMLInputElement>(null);
  const id = useId();
  useEffect(() => box.current?.focus(), []);
  return (
    <form
      className="wb-source"
      aria-label="Source of skills"
      onSubmit={event => {
        event.preventDefault();
        if (source.trim()) {
          look();
        }
      }}
    >
      <label htmlFor={id}>Where are the skills?</label>
      <div className="wb-source-line">
        <input
          id={id}
          ref={box}
          className="wb-input"
          value={source}
          spellCheck={false}
          autoCapitalize="off"
          maxLength={4096}
          placeholder="owner/repo, an address, or a path"
          aria-describedby={`${id}-forms`}
          onChange={event => change(event.target.value)}
        />
        <button type="submit" className="wb-button wb-primary" aria-disabled={!source.trim()}>
          <Icon name="search" /> Look
        </button>
      </div>
      <div className="wb-source-drop">
        <Icon name="download" />
        <span>Drop a .skill or .zip file here, or</span>
        <button type="button" className="wb-button" onClick={() => picker.current?.click()}>
          Choose a file…
        </button>
        <input
          ref={picker}
          type="file"
          hidden
          accept={ARCHIVES}
          aria-label="Archive of skills"
          onChange={event => {
            const [file] = event.target.files ?? [];
            // The same file may be chosen again.
            event.target.value = '';
            if (file) {
              take(file);
            }
          }}
        />
      </div>
      <p className="wb-hint">Looking changes nothing: you see what is there first, and choose.</p>
      <dl id={`${id}-forms`} className="wb-source-forms">
        {FORMS.map(([what, how]) => (
          <React.Fragment key={what}>
            <dt>{what}</dt>
            <dd>{how}</dd>
          </React.Fragment>
        ))}
      </dl>
    </form>
  );
}
