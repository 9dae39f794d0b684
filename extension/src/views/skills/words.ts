/** What the screen calls what the database names: one place. A word that came later is shown as it is. */
import { plain } from '../../components/plain';
import type { Facet, Sort } from './state';

const WORDS: { readonly [facet in Facet]: { readonly [value: string]: string } } = {
  source: {
    'skill-builder': 'Written here',
    marketplace: 'Marketplace',
    imported: 'Imported',
    workspace: 'Workspace'
  },
  status: {
    pending: 'Not begun',
    in_progress: 'In progress',
    waiting_for_user: 'Waits for you',
    completed: 'Completed',
    error: 'Failed'
  },
  loads: {
    all: 'Everywhere',
    some: 'Not everywhere',
    none: 'Nowhere',
    unread: 'Not readable',
    gone: 'No SKILL.md'
  },
  check: { yes: 'Valid', no: 'Has errors' },
  trust: { own: 'Your own', trusted: 'Trusted', untrusted: 'Not reviewed', changed: 'Changed since trusted' },
  purpose: {
    domain: 'Business process',
    source: 'Source system',
    'data-engineering': 'Data engineering',
    platform: 'Platform'
  },
  tag: {}
};

export const wordOf = (facet: Facet, value: string): string =>
  Object.hasOwn(WORDS[facet], value) ? WORDS[facet][value] : plain(value);

export const FACET_WORDS: { readonly [facet in Facet]: string } = {
  source: 'Source',
  status: 'Status',
  loads: 'Where it loads',
  check: 'Specification',
  trust: 'Trust',
  purpose: 'Purpose',
  tag: 'Tags'
};

export const SORT_WORDS: { readonly [sort in Sort]: string } = {
  name: 'Name',
  '-updated': 'Last changed',
  '-created': 'Newest',
  '-tokens': 'Most tokens',
  source: 'Source',
  status: 'Status'
};

const CLIENTS: { readonly [client: string]: string } = {
  'claude-code': 'Claude Code',
  codex: 'Codex',
  copilot: 'Copilot',
  gemini: 'Gemini CLI',
  api: 'Claude API'
};

export const clientName = (client: string): string =>
  Object.hasOwn(CLIENTS, client) ? CLIENTS[client] : plain(client);

export const PURPOSES = ['domain', 'source', 'data-engineering', 'platform'] as const;

export type Purpose = (typeof PURPOSES)[number];
