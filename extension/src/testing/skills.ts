/** Skills for tests: one with what matters said, the rest as it usually is. */
import type { Diagnostic, Skill, SkillRow } from '../protocol';

export function row(name: string, more: Partial<SkillRow> = {}): SkillRow {
  return {
    name,
    source: 'skill-builder',
    path: `/skills/${name}`,
    description: `What ${name} does. Use when it is wanted.`,
    valid: true,
    written: true,
    present: true,
    trust: 'own',
    verdict: null,
    tags: [],
    status: 'completed',
    purpose: 'domain',
    locked: false,
    badge: {
      colour: 'green',
      text: 'Loads everywhere.',
      loads: ['claude-code', 'codex', 'copilot', 'gemini', 'api'],
      fails: [],
      reduced: []
    },
    tokens: { listing: 20, body: 100 },
    created_at: '2026-11-01T00:00:00Z',
    updated_at: '2026-11-02T00:00:00Z',
    ...more
  };
}

export function skill(name: string, more: Partial<Skill> = {}): Skill {
  const text = `---\nname: ${name}\ndescription: Does it.\n---\n# ${name}\n`;
  return {
    ...row(name),
    text,
    utf8: true,
    digest: `digest of ${more.text ?? text}`,
    fields: { name, description: 'Does it.' },
    body: `# ${name}\n`,
    diagnostics: [],
    clients: { codex: { title: 'Codex', loads: true, findings: [] } },
    scan: null,
    files: [{ path: 'SKILL.md', size: text.length, link: false, executable: false }],
    ...more
  };
}

export function problem(rule: string, line: number, more: Partial<Diagnostic> = {}): Diagnostic {
  return {
    rule,
    level: 'spec',
    severity: 'error',
    line,
    column: 1,
    message: `${rule} is broken.`,
    fix: null,
    ...more
  };
}
