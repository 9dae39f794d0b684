/** What the wizard calls what a plan says. */
import type { IconName } from '../../components/Icon';
import type { PlanRow } from '../../protocol';
import type { Mood } from '../skills/Badges';
import type { Stage } from './useWork';

export type Place = PlanRow['place'];

export const PLACES: readonly Place[] = [
  'offered',
  'not-in-catalogue',
  'inside',
  'set-aside',
  'alias',
  'remote'
];

export const PLACE_WORDS: { readonly [place in Place]: { readonly name: string; readonly says: string } } = {
  offered: { name: 'Offered', says: 'What the source is meant to give.' },
  'not-in-catalogue': {
    name: 'Not in a catalogue',
    says: 'They lie in the source, and its catalogue does not list them.'
  },
  inside: { name: 'Inside other skills', says: 'They come along with the skill that they lie in.' },
  'set-aside': { name: 'Set aside', says: 'Backups, tests, examples and the like.' },
  alias: { name: 'Links', says: 'Each leads to another row.' },
  remote: { name: 'Elsewhere', says: 'The catalogue lists them; they lie in another source.' }
};

interface Word {
  readonly name: string;
  readonly mood: Mood;
  readonly icon?: IconName;
}

export const STATUS_WORDS: { readonly [status in PlanRow['status']]: Word } = {
  ready: { name: 'Ready', mood: 'good', icon: 'check' },
  repair: { name: 'Is repaired', mood: 'plain', icon: 'edit' },
  ask: { name: 'Asks', mood: 'warn', icon: 'question' },
  refuse: { name: 'Cannot come', mood: 'bad', icon: 'cross' }
};

/** That a skill is new is no news in an import. */
export const STATE_WORDS: { readonly [state in Exclude<PlanRow['state'], 'new'>]: Word } = {
  same: { name: 'In the library', mood: 'plain', icon: 'check' },
  update: { name: 'Update', mood: 'good', icon: 'refresh' },
  customised: { name: 'You changed yours', mood: 'warn', icon: 'edit' },
  taken: { name: 'Name is taken', mood: 'warn', icon: 'warning' }
};

export const STAGE_WORDS: { readonly [stage in Stage]: string } = {
  resolving: 'Asking the source',
  downloading: 'Downloading',
  cloning: 'Fetching the repository',
  extracting: 'Unpacking',
  reading: 'Reading the skills',
  scanning: 'Scanning the skills',
  writing: 'Writing into the library'
};

/** `3 critical, 1 low`; empty when nothing was found. */
export function findingsOf({ scan }: PlanRow): string {
  return (['critical', 'high', 'medium', 'low'] as const)
    .filter(severity => scan?.[severity])
    .map(severity => `${scan?.[severity]} ${severity}`)
    .join(', ');
}

export function bytes(count: number): string {
  const [size, unit] = count < 1_000_000 ? [count / 1000, 'kB'] : [count / 1_000_000, 'MB'];
  return count < 1000 ? `${count} bytes` : `${size.toFixed(size < 10 ? 1 : 0)} ${unit}`;
}

/** `1 skill`, `3,000 skills`. */
export const skills = (count: number): string =>
  `${count.toLocaleString('en')} skill${count === 1 ? '' : 's'}`;
