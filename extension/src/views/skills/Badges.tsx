/** What is to be known of a skill at a glance: words in a colour, never a colour alone. */
import React from 'react';
import { Icon, type IconName } from '../../components/Icon';
import type { SkillRow } from '../../protocol';
import { loadsOf } from './state';
import { wordOf } from './words';

export type Mood = 'good' | 'warn' | 'bad' | 'plain';

interface Props {
  mood: Mood;
  icon?: IconName;
  title?: string;
  children: React.ReactNode;
}

export function Badge({ mood, icon, title, children }: Props): React.ReactElement {
  return (
    <span className="wb-mark" data-mood={mood} title={title}>
      {icon && <Icon name={icon} />}
      {children}
    </span>
  );
}

/** That a workflow was never begun, or is done, is no news. */
const TOLD: ReadonlySet<SkillRow['status']> = new Set(['in_progress', 'waiting_for_user', 'error']);

export function SkillBadges({ row }: { row: SkillRow }): React.ReactElement {
  return (
    <>
      <CheckBadge row={row} />
      {row.trust !== 'own' && (
        <Badge mood={row.trust === 'trusted' ? 'good' : 'warn'} icon="shield">
          {wordOf('trust', row.trust)}
        </Badge>
      )}
      {TOLD.has(row.status) && (
        <Badge mood={row.status === 'error' ? 'bad' : 'plain'}>{wordOf('status', row.status)}</Badge>
      )}
    </>
  );
}

function CheckBadge({ row }: { row: SkillRow }): React.ReactElement {
  switch (loadsOf(row)) {
    case 'yes':
      return (
        <Badge mood="good" icon="check" title="Its SKILL.md meets the specification.">
          Valid
        </Badge>
      );
    case 'no':
      return (
        <Badge
          mood="warn"
          icon="warning"
          title="Its SKILL.md breaks a rule of the specification. Open it to see which, and where it loads."
        >
          Has errors
        </Badge>
      );
    case 'gone':
      return (
        <Badge mood="bad" icon="warning" title="Its folder has no SKILL.md any more.">
          No SKILL.md
        </Badge>
      );
  }
}
