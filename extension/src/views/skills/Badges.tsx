/** What is to be known of a skill at a glance: words in a colour, never a colour alone. */
import React from 'react';
import { tokens as short } from '../../components/format';
import { Icon, type IconName } from '../../components/Icon';
import { plain } from '../../components/plain';
import type { SkillRow } from '../../protocol';
import { loadsOf, type Loads } from './state';
import { clientName, wordOf } from './words';

export type Mood = 'good' | 'warn' | 'bad' | 'plain';

interface Props {
  mood: Mood;
  icon?: IconName;
  title?: string;
  /** Where there is no room for all, the others are cut first. */
  firm?: boolean;
  children: React.ReactNode;
}

export function Badge({ mood, icon, title, firm, children }: Props): React.ReactElement {
  return (
    <span className="wb-mark" data-mood={mood} data-firm={firm || undefined} title={title}>
      {icon && <Icon name={icon} />}
      <span>{children}</span>
    </span>
  );
}

/** That a workflow was never begun, or is done, is no news. */
const TOLD: ReadonlySet<SkillRow['status']> = new Set(['in_progress', 'waiting_for_user', 'error']);

export function SkillBadges({ row }: { row: SkillRow }): React.ReactElement {
  const alarm = alarmOf(row);
  // What is warned of is not reviewed: said once.
  return (
    <>
      {alarm && (
        <Badge
          mood={alarm.mood}
          icon="shield"
          title="What its last security scan said: see Security on its page."
          firm
        >
          {alarm.word}
        </Badge>
      )}
      <LoadsBadge row={row} />
      {row.trust !== 'own' && !(alarm && row.trust === 'untrusted') && (
        <Badge
          mood={row.trust === 'trusted' ? 'good' : 'warn'}
          icon="shield"
          title={wordOf('trust', row.trust)}
        >
          {wordOf('trust', row.trust)}
        </Badge>
      )}
      {TOLD.has(row.status) && (
        <Badge mood={row.status === 'error' ? 'bad' : 'plain'}>{wordOf('status', row.status)}</Badge>
      )}
    </>
  );
}

type Verdict = NonNullable<SkillRow['verdict']>;

/** What a scan says, in a word. */
export const VERDICTS: { readonly [verdict in Verdict]: { readonly word: string; readonly mood: Mood } } = {
  clean: { word: 'Nothing found', mood: 'good' },
  review: { word: 'To be looked at', mood: 'warn' },
  dangerous: { word: 'Dangerous', mood: 'bad' }
};

/** What the last scan warns of, if the skill is still as it was then; what a person has looked at and trusts needs no look. */
export function alarmOf({
  verdict,
  trust
}: Pick<SkillRow, 'verdict' | 'trust'>): { readonly word: string; readonly mood: Mood } | null {
  const told = verdict === 'dangerous' || (verdict === 'review' && trust !== 'trusted');
  return told ? VERDICTS[verdict] : null;
}

const LOADS: { readonly [loads in Loads]: { readonly mood: Mood; readonly icon: IconName } } = {
  all: { mood: 'good', icon: 'check' },
  some: { mood: 'warn', icon: 'warning' },
  none: { mood: 'bad', icon: 'cross' },
  unread: { mood: 'bad', icon: 'warning' },
  gone: { mood: 'bad', icon: 'warning' }
};

function LoadsBadge({ row }: { row: SkillRow }): React.ReactElement {
  const loads = loadsOf(row);
  return (
    <Badge {...LOADS[loads]} title={saysOf(row)}>
      {wordsOf(loads, row)}
    </Badge>
  );
}

function wordsOf(loads: Loads, { badge }: SkillRow): string {
  switch (loads) {
    case 'all':
      return 'Loads everywhere';
    case 'some':
      return `Loads in ${badge?.loads.length} of ${(badge?.loads.length ?? 0) + (badge?.fails.length ?? 0)}`;
    case 'none':
      return 'Loads nowhere';
    default:
      return wordOf('loads', loads);
  }
}

/** Each client by its name, and which of those that load it lose something of it. */
function saysOf({ present, badge }: SkillRow): string {
  if (!present) {
    return 'Its folder has no SKILL.md any more.';
  }
  if (!badge) {
    return 'Its SKILL.md is too large or no file, so no client would read it.';
  }
  const lost = badge.reduced.map(clientName).join(', ');
  return lost ? `${plain(badge.text)} With losses in ${lost}.` : plain(badge.text);
}

/** What it costs a model: a little always, the rest when it is used. */
export function Cost({ tokens }: { tokens: SkillRow['tokens'] }): React.ReactElement | null {
  return (
    tokens && (
      <span
        className="wb-skill-cost"
        title={`About ${tokens.listing.toLocaleString('en')} tokens in every listing, ${tokens.body.toLocaleString('en')} more when it is used.`}
      >
        {short(tokens.listing)} listed, {short(tokens.body)} when used
      </span>
    )
  );
}
