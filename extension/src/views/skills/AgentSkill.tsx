/** One of the agents' own skills, which they bring with them: it is read here, and changed by nobody. */
import React, { useEffect, useRef } from 'react';
import type { Client } from '../../client/client';
import { Icon } from '../../components/Icon';
import { plain } from '../../components/plain';
import type { SkillRow } from '../../protocol';
import type { Host } from '../host';
import { FileContent } from '../skill/FileContent';
import { Cost, SkillBadges } from './Badges';

interface Props {
  client: Client;
  row: SkillRow;
  place: Host['place'];
  back: () => void;
}

export function AgentSkill({ client, row, place, back }: Props): React.ReactElement {
  const leave = useRef<HTMLButtonElement>(null);
  useEffect(() => leave.current?.focus(), []);
  const name = plain(row.name);
  return (
    <section className="wb-skill" data-place={place ?? 'cell'} aria-label={`Skill ${name}`}>
      <header className="wb-header">
        <button
          type="button"
          className="wb-quiet"
          ref={leave}
          aria-label="Back to all skills"
          title="All skills"
          onClick={back}
        >
          <Icon name="back" />
        </button>
        <h2 title={plain(row.path)}>{name}</h2>
        <span className="wb-skill-badges">
          <SkillBadges row={row} />
          <Cost tokens={row.tokens} />
        </span>
      </header>
      <div className="wb-skill-body">
        <div className="wb-file-shown" role="region" aria-label="SKILL.md" tabIndex={0}>
          <p className="wb-hint">A skill of the workspace: the agents use it, and it is only read here.</p>
          {row.present ? (
            <FileContent client={client} folder={row.path} path="SKILL.md" />
          ) : (
            <p>{row.description ? plain(row.description) : <i>No description</i>}</p>
          )}
        </div>
      </div>
    </section>
  );
}
