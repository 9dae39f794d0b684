/** What stands where skills would: none yet, none that fits, no folder to keep them in. */
import React, { useId, useState } from 'react';
import type { Client } from '../../client/client';
import { useAction } from '../../components/hooks';
import { Icon } from '../../components/Icon';
import { plain } from '../../components/plain';
import { Sentence } from '../../components/Sentence';
import type { Failure } from '../../protocol';

export function NoSkills({ create, bring }: { create: () => void; bring: () => void }): React.ReactElement {
  return (
    <div className="wb-empty">
      <Icon name="skill" />
      <p>There is no skill yet.</p>
      <p className="wb-hint">
        A skill is a folder with a SKILL.md that tells an agent how to do one thing well. Yours are kept as
        plain files, every version of them.
      </p>
      <button type="button" className="wb-button wb-primary" onClick={create}>
        <Icon name="plus" /> New skill
      </button>
      <button type="button" className="wb-button" onClick={bring}>
        <Icon name="download" /> Import skills…
      </button>
    </div>
  );
}

export function NoMatch({ widen }: { widen: () => void }): React.ReactElement {
  return (
    <div className="wb-empty">
      <Icon name="search" />
      <p>No skill matches.</p>
      <button type="button" className="wb-button" onClick={widen}>
        Show all skills
      </button>
    </div>
  );
}

interface Props {
  client: Client;
  failure: Failure;
  again: () => void;
}

/** The list could not be had: said, tried again, or kept in another folder. */
export function Unavailable({ client, failure, again }: Props): React.ReactElement {
  const [path, setPath] = useState('');
  const action = useAction();
  const id = useId();
  const folder = typeof failure.facts?.path === 'string' ? failure.facts.path : null;
  const save = async (move?: boolean): Promise<void> => {
    const changes = { skills_path: path.trim() };
    const ask = move === undefined ? { changes } : { changes, move_skills: move };
    if (path.trim() && (await action.run(() => client.call('settings.save', ask)))) {
      again();
    }
  };
  const asked = action.failure?.facts?.reason === 'move_skills';
  return (
    <div className="wb-unavailable">
      <Sentence failure={failure}>
        <button type="button" className="wb-button" onClick={again}>
          <Icon name="refresh" /> Try again
        </button>
      </Sentence>
      {folder !== null && (
        <form
          className="wb-field"
          aria-label="Skills folder"
          onSubmit={event => {
            event.preventDefault();
            void save();
          }}
        >
          <label htmlFor={id}>Keep skills in another folder than {plain(folder)}</label>
          <input
            id={id}
            className="wb-input"
            value={path}
            spellCheck={false}
            placeholder="/home/me/skills"
            onChange={event => {
              setPath(event.target.value);
              action.forget();
            }}
          />
          {action.failure &&
            (asked ? (
              <p role="alert">
                {plain(action.failure.message)} Do they move to the new folder, with their history?
              </p>
            ) : (
              <Sentence failure={action.failure} />
            ))}
          <div className="wb-buttons">
            {asked ? (
              <>
                <button
                  type="button"
                  className="wb-button wb-primary"
                  aria-disabled={action.busy}
                  onClick={() => void save(true)}
                >
                  Move them
                </button>
                <button
                  type="button"
                  className="wb-button"
                  aria-disabled={action.busy}
                  onClick={() => void save(false)}
                >
                  Leave them there
                </button>
              </>
            ) : (
              <button type="submit" className="wb-button" aria-disabled={!path.trim() || action.busy}>
                Use this folder
              </button>
            )}
          </div>
        </form>
      )}
    </div>
  );
}
