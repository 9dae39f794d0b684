/** The name of a skill, what is to be known of it at once, and what is done to it as a whole. */
import React, { useEffect, useRef, useState } from 'react';
import type { Client } from '../../client/client';
import { useAction } from '../../components/hooks';
import { Icon } from '../../components/Icon';
import { plain } from '../../components/plain';
import { Sentence } from '../../components/Sentence';
import type { Skill } from '../../protocol';
import { Cost, SkillBadges } from '../skills/Badges';
import { problemOf } from '../skills/naming';
import { UNSAVED } from './words';

interface Props {
  client: Client;
  /** Leads to where one came from, if that is another place. */
  back?: () => void;
  name: string;
  skill: Skill | null;
  /** Something is typed and not saved. */
  held: boolean;
  renamed: (skill: Skill) => void;
  remove: () => void;
  reload: () => void;
  /** Shows its workflow, where there is a place for that. */
  build?: () => void;
  /** Shows the conversation that makes it better, where there is a place for that. */
  refine?: () => void;
  /** Shows its tests, where there is a place for that. */
  test?: () => void;
}

export function Head({
  client,
  back,
  name,
  skill,
  held,
  renamed,
  remove,
  reload,
  build,
  refine,
  test
}: Props): React.ReactElement {
  const [renaming, setRenaming] = useState(false);
  return (
    <>
      <header className="wb-header">
        {back && (
          <button
            type="button"
            className="wb-quiet"
            aria-label="Back to all skills"
            title="All skills"
            onClick={back}
          >
            <Icon name="back" />
          </button>
        )}
        <h2 tabIndex={-1} title={skill ? plain(skill.path) : undefined}>
          {plain(name)}
        </h2>
        {skill && !renaming && (
          <button
            type="button"
            className="wb-quiet"
            aria-label="Rename"
            aria-disabled={held}
            title={held ? UNSAVED : 'Rename'}
            onClick={() => !held && setRenaming(true)}
          >
            <Icon name="edit" />
          </button>
        )}
        {skill && (
          <span className="wb-skill-badges">
            <SkillBadges row={skill} />
            <Cost tokens={skill.tokens} />
          </span>
        )}
        <span className="wb-spring" />
        {build && skill?.source === 'skill-builder' && (
          <button type="button" className="wb-button" title="Its workflow, step by step" onClick={build}>
            <Icon name="skill" /> Build
          </button>
        )}
        {refine && skill && (
          <button
            type="button"
            className="wb-button"
            title="Make it better by talking; you take or leave each change"
            onClick={refine}
          >
            <Icon name="edit" /> Refine
          </button>
        )}
        {test && skill && (
          <button
            type="button"
            className="wb-button"
            title="Compare an agent with it and one without"
            onClick={test}
          >
            <Icon name="chart" /> Test
          </button>
        )}
        <button
          type="button"
          className="wb-quiet"
          aria-label="Read it again"
          title="Read it again"
          onClick={reload}
        >
          <Icon name="refresh" />
        </button>
        {skill && (
          <button
            type="button"
            className="wb-quiet"
            aria-label="Delete the skill"
            aria-disabled={held}
            title={held ? UNSAVED : 'Delete'}
            onClick={() => !held && remove()}
          >
            <Icon name="delete" />
          </button>
        )}
      </header>
      {renaming && skill && (
        <Rename
          client={client}
          skill={skill}
          held={held}
          cancel={() => setRenaming(false)}
          renamed={next => {
            setRenaming(false);
            renamed(next);
          }}
        />
      )}
    </>
  );
}

const NONE: ReadonlySet<string> = new Set();

interface RenameProps {
  client: Client;
  skill: Skill;
  held: boolean;
  renamed: (skill: Skill) => void;
  cancel: () => void;
}

function Rename({ client, skill, held, renamed, cancel }: RenameProps): React.ReactElement {
  const [name, setName] = useState(skill.name);
  const action = useAction();
  const box = useRef<HTMLInputElement>(null);
  useEffect(() => box.current?.select(), []);
  const problem = held ? UNSAVED : problemOf(name, NONE);
  const submit = async (event: React.FormEvent): Promise<void> => {
    event.preventDefault();
    if (name === skill.name) {
      cancel();
    } else if (name && !problem) {
      await action.run(async () =>
        renamed((await client.call('skills.rename', { name: skill.name, new_name: name })).skill)
      );
    }
  };
  return (
    <form
      className="wb-rename"
      aria-label="Rename"
      onSubmit={submit}
      onKeyDown={event => event.key === 'Escape' && cancel()}
    >
      <label>
        New name
        <input
          ref={box}
          className="wb-input"
          value={name}
          spellCheck={false}
          aria-invalid={problem !== null}
          onChange={event => setName(event.target.value)}
        />
      </label>
      <button
        type="submit"
        className="wb-button wb-primary"
        aria-disabled={!name || problem !== null || action.busy}
      >
        Rename
      </button>
      <button type="button" className="wb-button" onClick={cancel}>
        Cancel
      </button>
      <p className="wb-hint" role="status" data-problem={problem !== null || undefined}>
        {problem ?? 'Its folder and the name in SKILL.md change together.'}
      </p>
      {action.failure && <Sentence failure={action.failure} />}
    </form>
  );
}
