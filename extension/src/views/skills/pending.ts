/** Shapes of commands that protocol.ts does not have yet. */
export interface ScanFinding {
  rule: string;
  severity: string;
  confidence: string;
  file: string;
  line: number;
  excerpt: string;
  reason: string;
  remedy: string;
  label: string;
  digest: string;
}

export interface ScanReport {
  name: string;
  digest: string | null;
  verdict: string;
  advice: string;
  findings: ScanFinding[];
  waived: ScanFinding[];
  capabilities: { [name: string]: string[] };
  files: number;
  bytes: number;
  trust: string;
}

export interface SkillCost {
  name: string;
  listing: number;
  body: number;
  resources: number;
  files: { [path: string]: number };
}

export interface Listing {
  client: string;
  unit: 'characters' | 'tokens';
  limit: number;
  needed: number;
  used: number;
  over: number;
  entries: { name: string; fate: string; full: number; shown: number; lost: number }[];
}

interface Command<Request, Reply> {
  request: Request;
  reply: Reply;
}

declare module '../../protocol' {
  interface Commands {
    'skills.scan': Command<{ name: string }, ScanReport>;
    'skills.waive': Command<
      { name: string; rule: string; digest: string; reason: string; expires?: string | null },
      ScanReport
    >;
    'skills.trust': Command<{ name: string; digest?: string | null }, { name: string; trust: string }>;
    'skills.untrust': Command<{ name: string }, { name: string; trust: string }>;
    'skills.budget': Command<
      { name: string },
      { costs: SkillCost[]; listings: Listing[]; basis: string; error: number }
    >;
  }
}
