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

export function SkillBadges({ row }: { row: SkillRow }): React.ReactElement {
  return (
    <>
      <CheckBadge row={row} />
      {row.trust !== 'own' && (
        <Badge mood={row.trust === 'trusted' ? 'good' : 'warn'} icon="shield">
          {wordOf('trust', row.trust)}
        </Badge>
      )}
      {row.status !== 'completed' && (
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
          mood="bad"
          icon="warning"
          title="Its SKILL.md breaks a rule of the specification. Open it to see which."
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
