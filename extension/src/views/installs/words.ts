/** What the page of installs calls what the server names. */
import type { IconName } from '../../components/Icon';
import type { Mood } from '../skills/Badges';
import type { Act, Client, Show, State } from './state';

export const CLIENT_WORDS: { readonly [client in Client]: string } = {
  claude: 'Claude Code',
  codex: 'Codex',
  cursor: 'Cursor',
  gemini: 'Gemini CLI',
  copilot: 'Copilot',
  agents: '.agents'
};

interface Word {
  readonly name: string;
  readonly says: string;
  readonly mood: Mood;
  readonly icon: IconName;
}

export const STATE_WORDS: { readonly [state in State]: Word } = {
  absent: { name: '', says: 'not installed', mood: 'plain', icon: 'minus' },
  current: { name: 'Current', says: 'as in the library', mood: 'good', icon: 'check' },
  outdated: { name: 'Outdated', says: 'the library has another version', mood: 'warn', icon: 'refresh' },
  changed: { name: 'Changed', says: 'changed there since it was installed', mood: 'warn', icon: 'edit' },
  missing: { name: 'Gone', says: 'somebody has taken it away', mood: 'bad', icon: 'cross' },
  foreign: { name: 'Not ours', says: 'put there by somebody else', mood: 'plain', icon: 'lock' }
};

export const SHOW_WORDS: { readonly [show in Show]: string } = {
  all: 'All skills',
  installed: 'Installed',
  drifted: 'Not as installed',
  foreign: 'Not ours'
};

export const ACT_WORDS: { readonly [act in Act]: { readonly does: string; readonly did: string } } = {
  install: { does: 'Install', did: 'installed' },
  update: { does: 'Update', did: 'updated' },
  replace: { does: 'Replace what is there', did: 'replaced' },
  remove: { does: 'Take away', did: 'taken away' },
  discard: { does: 'Take away what was changed', did: 'taken away, and in the trash' }
};
