/** What the pages call what the protocol has. */
export type { Listing, ScanFinding } from '../../protocol';
