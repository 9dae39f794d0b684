/** What the screen calls what the database names: one place. A word that came later is shown as it is. */
import { plain } from '../../components/plain';
import type { Facet, Sort } from './state';

const WORDS: { readonly [facet in Facet]: { readonly [value: string]: string } } = {
  source: { 'skill-builder': 'Written here', marketplace: 'Marketplace', imported: 'Imported' },
  status: {
    pending: 'Not begun',
    in_progress: 'In progress',
    waiting_for_user: 'Waits for you',
    completed: 'Completed',
    error: 'Failed'
  },
  loads: { yes: 'Valid', no: 'Has errors', gone: 'No SKILL.md' },
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
  loads: 'Check',
  trust: 'Trust',
  purpose: 'Purpose',
  tag: 'Tags'
};

export const SORT_WORDS: { readonly [sort in Sort]: string } = {
  name: 'Name',
  '-updated': 'Last changed',
  '-created': 'Newest',
  source: 'Source',
  status: 'Status'
};

export const PURPOSES = ['domain', 'source', 'data-engineering', 'platform'] as const;

export type Purpose = (typeof PURPOSES)[number];
