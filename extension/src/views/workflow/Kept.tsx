/** The skill has left its workflow, and is as any other: where it can be found, and what went. */
import React, { useEffect, useRef } from 'react';
import { plural } from '../../components/format';
import { Icon } from '../../components/Icon';
import { plain } from '../../components/plain';
import type { KeptImported } from '../../protocol';
import { Back } from '../Frame';
import type { Host } from '../host';

export function Kept({ kept, host }: { kept: KeptImported; host: Host }): React.ReactElement {
  const { skill, removed, trash, checkpoint } = kept;
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return (
    <>
      <header className="wb-header">
        <Back host={host} />
        <h2 ref={heading} tabIndex={-1}>
          {plain(skill)}
        </h2>
      </header>
      <div className="wb-finished">
        <p role="status">The skill is kept as imported. No workflow builds it any more.</p>
        {trash && (
          <p className="wb-hint">
            {plural(removed.length, 'file')} moved to the trash:{' '}
            <code className="wb-path">{plain(trash)}</code>.
            {checkpoint && ` Version ${checkpoint.slice(0, 7)} holds all as it was.`}
          </p>
        )}
        <div className="wb-buttons">
          <Onward skill={skill} host={host} />
        </div>
      </div>
    </>
  );
}

/** What one does with a skill that is there. */
export function Onward({ skill, host }: { skill: string; host: Host }): React.ReactElement {
  return (
    <>
      {host.openRefine && (
        <button type="button" className="wb-button" onClick={() => host.openRefine?.(skill)}>
          <Icon name="edit" /> Refine it
        </button>
      )}
      {host.openTest && (
        <button type="button" className="wb-button" onClick={() => host.openTest?.(skill)}>
          <Icon name="chart" /> Test it
        </button>
      )}
      {host.openSkill && (
        <button type="button" className="wb-button" onClick={() => host.openSkill?.(skill)}>
          <Icon name="skill" /> Open the skill
        </button>
      )}
    </>
  );
}
