import React from 'react';
import { act, fireEvent, render, screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';
import { CallError } from '../../client/client';
import type { Skill } from '../../protocol';
import { FakeClient } from '../../testing/fake-client';
import { later } from '../../testing/later';
import { problem, skill } from '../../testing/skills';
import type { Host, Unsaved } from '../host';
import { SkillView } from './SkillView';

type Answers = ConstructorParameters<typeof FakeClient>[0];

async function show(one: Skill, answers: Answers = {}, host: Host = { place: 'page' }, params = {}) {
  const client = new FakeClient({
    'skills.get': () => one,
    'skills.tags': () => ({ tags: [] }),
    ...answers
  });
  const view = render(<SkillView client={client} params={{ skill: one.name, ...params }} host={host} />);
  await act(async () => undefined);
  return { client, ...view };
}

const called = (client: FakeClient, name: string) =>
  client.calls.filter(call => call.name === name).map(({ params: { instance: _, ...params } }) => params);
const text = (): HTMLTextAreaElement => screen.getByLabelText<HTMLTextAreaElement>('SKILL.md');
const type = (label: string, value: string): void => {
  fireEvent.change(screen.getByLabelText(label, { exact: false }), { target: { value } });
};
const press = (name: string | RegExp): void => {
  fireEvent.click(screen.getByRole('button', { name }));
};

/** Answers edits as a server would: keys are written as lines, and each version has a digest of its own. */
function server(first: Skill): { edit: (params: { [name: string]: unknown }) => unknown; get: () => Skill } {
  let now = first;
  return {
    get: () => now,
    edit: ({ edits, text: whole, base }) => {
      if (base !== now.digest) {
        throw new CallError({
          kind: 'refused',
          message: `${now.name}/SKILL.md has been changed since you opened it.`,
          remedy: 'Look at it again; nothing was written.',
          facts: { reason: 'changed' }
        });
      }
      const [edit] = (edits ?? []) as { key: string; value: string }[];
      const fields = edit ? { ...now.fields, [edit.key]: edit.value } : now.fields;
      const after =
        (whole as string) ?? now.text.replace(/\n---\n(?=#)/, `\n${edit.key}: ${edit.value}\n---\n`);
      now = { ...now, text: after, fields, digest: `digest of ${after}` };
      return { skill: now, commit: 'c' };
    }
  };
}

describe('the form', () => {
  it('sends one change a key, each with the version that it is meant for, and shows which lines that changed', async () => {
    const { get, edit } = server(skill('x'));
    const first = get();
    const { client } = await show(first, { 'skills.edit': edit });
    type('License', 'MIT');
    type('Compatibility', 'Python');
    expect(screen.getByText('2 keys changed, one version each.')).toBeTruthy();
    press('Save');
    await screen.findByText('Saved. Only lines 4 to 5 are new.');
    const sent = called(client, 'skills.edit');
    expect(sent).toMatchObject([
      { name: 'x', edits: [{ key: 'license', value: 'MIT' }], base: first.digest },
      { name: 'x', edits: [{ key: 'compatibility', value: 'Python' }] }
    ]);
    expect(sent[1].base).not.toBe(first.digest);
    expect(screen.queryByText('not saved')).toBeNull();
  });

  it('locks the text while it is written in, and the other way round', async () => {
    await show(skill('x'));
    type('License', 'MIT');
    expect(text().readOnly).toBe(true);
    press('Discard');
    fireEvent.change(text(), { target: { value: 'other' } });
    expect(screen.getByLabelText<HTMLInputElement>('License').disabled).toBe(true);
  });

  it('keeps what was typed when the file has been changed elsewhere, and saves it onto the new one', async () => {
    const { get, edit } = server(skill('x'));
    const { client } = await show(get(), { 'skills.get': get, 'skills.edit': edit });
    edit({ edits: [{ key: 'model', value: 'a' }], base: get().digest });
    type('License', 'MIT');
    press('Save');
    await screen.findByText(/has been changed since you opened it/);
    press('Read it again, keep what I typed');
    await waitFor(() => expect(text().value).toContain('model: a'));
    press('Save');
    await screen.findByText('Saved. Only line 5 is new.');
    expect(called(client, 'skills.edit')).toHaveLength(2);
    expect(get().text).toContain('model: a\nlicense: MIT');
  });

  it('keeps what is typed while it is saved: the value as it was before', async () => {
    const { get, edit } = server(skill('x'));
    const saving = later();
    await show(get(), {
      'skills.edit': async asked => {
        await saving.answer;
        return edit(asked);
      }
    });
    type('License', 'MIT');
    press('Save');
    type('License', '');
    await act(async () => saving.come(null));
    expect(get().fields.license).toBe('MIT');
    expect(screen.getByLabelText<HTMLInputElement>('License', { exact: false }).value).toBe('');
    expect(screen.getByRole('button', { name: 'Save' })).toBeTruthy();
  });

  it('saves with Ctrl+S, and the application around it does not', async () => {
    const { get, edit } = server(skill('x'));
    const { client } = await show(get(), { 'skills.edit': edit });
    const around = vi.fn();
    document.addEventListener('keydown', around, true);
    type('License', 'MIT');
    fireEvent.keyDown(screen.getByLabelText('License', { exact: false }), { key: 's', ctrlKey: true });
    await screen.findByText('Saved. Only line 4 is new.');
    expect(around).not.toHaveBeenCalled();
    expect(called(client, 'skills.edit')).toHaveLength(1);
    document.removeEventListener('keydown', around, true);
  });

  it('takes a saved change back', async () => {
    const { get, edit } = server(skill('x'));
    const before = get().text;
    await show(get(), { 'skills.edit': edit });
    type('License', 'MIT');
    press('Save');
    await screen.findByText('Saved. Only line 4 is new.');
    press('Undo');
    await waitFor(() => expect(get().text).toBe(before));
  });

  it('that is filled in while a saved change is taken back goes on top of that', async () => {
    const { get, edit } = server(skill('x'));
    const back = later();
    await show(get(), {
      'skills.edit': async asked => {
        if ('text' in asked) {
          await back.answer;
        }
        return edit(asked);
      }
    });
    type('License', 'MIT');
    press('Save');
    await screen.findByText('Saved. Only line 4 is new.');
    press('Undo');
    type('License', 'Apache-2.0');
    await act(async () => back.come(null));
    press('Save');
    await waitFor(() => expect(get().fields.license).toBe('Apache-2.0'));
  });
});

describe('the text', () => {
  it('is looked at while it is written, and saved as it is', async () => {
    vi.useFakeTimers({ shouldAdvanceTime: true });
    const { get, edit } = server(skill('x'));
    const { client } = await show(get(), {
      'skills.edit': edit,
      'skills.lint': () => ({
        skills: [{ name: null, diagnostics: [problem('name-missing', 1)] }],
        errors: 1
      })
    });
    fireEvent.change(text(), { target: { value: '---\n---\n' } });
    await screen.findByText('name-missing is broken.');
    expect(called(client, 'skills.lint')).toEqual([{ text: '---\n---\n', folder: 'x' }]);
    press('Save');
    await waitFor(() => expect(get().text).toBe('---\n---\n'));
    vi.useRealTimers();
  });

  it.each([
    ['more of it', 'ab'],
    ['the text as it was before', '']
  ])('keeps what is typed while it is saved: %s', async (_, more) => {
    const one = skill('x');
    const saved = { ...one, text: `${one.text}a`, digest: 'd2' };
    const answer = later();
    await show(one, { 'skills.edit': () => answer.answer });
    fireEvent.change(text(), { target: { value: saved.text } });
    press('Save');
    fireEvent.change(text(), { target: { value: one.text + more } });
    await act(async () => answer.come({ skill: saved, commit: 'c' }));
    expect(text().value).toBe(one.text + more);
    expect(screen.getByRole('button', { name: 'Save' })).toBeTruthy();
  });

  it('that was saved is not written over by what was read before: it is read again', async () => {
    const one = skill('x');
    const saved = { ...one, text: `${one.text}a`, digest: 'd2' };
    const old = later();
    let get: () => unknown = () => one;
    const { client } = await show(one, {
      'skills.get': () => get(),
      'skills.edit': () => ({ skill: saved, commit: 'c' })
    });
    get = () => old.answer;
    await act(async () => client.reset('skills', [{ version: 1 }]));
    await act(async () => client.reset('skills', [{ version: 2 }]));
    fireEvent.change(text(), { target: { value: saved.text } });
    await act(async () => press('Save'));
    get = () => saved;
    await act(async () => old.come(one));
    expect(text().value).toBe(saved.text);
    expect(screen.queryByRole('button', { name: 'Save' })).toBeNull();
  });

  it('of a file that is not UTF-8 is only shown', async () => {
    await show(skill('x', { utf8: false }));
    expect(text().readOnly).toBe(true);
    expect(screen.getByText(/not UTF-8, so it cannot be written/)).toBeTruthy();
  });

  it('has the line ends of a page, whatever those of the file', async () => {
    await show(skill('x', { text: '---\r\nname: x\r\n---\r\n' }));
    expect(text().value).toBe('---\nname: x\n---\n');
    expect(screen.queryByText('Save')).toBeNull();
  });
});

describe('a change of another one', () => {
  const CHANGED = /has been changed since you opened it/;
  const others = (file: ReturnType<typeof server>): void =>
    void file.edit({ edits: [{ key: 'model', value: 'a' }], base: file.get().digest });
  const refused = async (file: ReturnType<typeof server>): Promise<void> => {
    press('Save');
    await screen.findByText(CHANGED);
    expect(file.get().text).toContain('model: a');
  };

  it('that is read while the first letter is typed is not written over', async () => {
    const file = server(skill('x'));
    const first = file.get();
    let get: () => unknown = file.get;
    const { client } = await show(first, { 'skills.get': () => get(), 'skills.edit': file.edit });
    const news = later();
    get = () => news.answer;
    await act(async () => client.reset('skills', [{ version: 1 }]));
    others(file);
    fireEvent.change(text(), { target: { value: `${first.text}mine` } });
    await act(async () => news.come(file.get()));
    await refused(file);
    get = file.get;
    press('Read it again, keep what I typed');
    await waitFor(() => expect(screen.queryByText(CHANGED)).toBeNull());
    expect(text().value).toBe(`${first.text}mine`);
    press('Save');
    await waitFor(() => expect(file.get().text).toBe(`${first.text}mine`));
  });

  it.each([
    ['a tag that is chosen', 'tag'],
    ['the button that reads it again', 'read']
  ])('that is read because of %s is not written over', async (_, way) => {
    const file = server(skill('x', { tags: [] }));
    const first = file.get();
    const { client } = await show(first, {
      'skills.get': file.get,
      'skills.edit': file.edit,
      'skills.update_tags': () => ({})
    });
    fireEvent.change(text(), { target: { value: `${first.text}mine` } });
    others(file);
    if (way === 'tag') {
      const box = screen.getByLabelText<HTMLInputElement>('Tags');
      fireEvent.change(box, { target: { value: 'one' } });
      fireEvent.keyDown(box, { key: 'Enter' });
    } else {
      press('Read it again');
    }
    await waitFor(() => expect(called(client, 'skills.get')).toHaveLength(2));
    await act(async () => undefined);
    expect(text().value).toBe(`${first.text}mine`);
    await refused(file);
  });

  it('that is read while a key is typed is not mixed with it', async () => {
    const file = server(skill('x'));
    const { client } = await show(file.get(), { 'skills.get': file.get, 'skills.edit': file.edit });
    type('License', 'MIT');
    others(file);
    press('Read it again');
    await waitFor(() => expect(called(client, 'skills.get')).toHaveLength(2));
    await refused(file);
    expect(file.get().fields.license).toBeUndefined();
  });
});

describe('tags and purpose', () => {
  const tag = (word: string): void => {
    const box = screen.getByLabelText<HTMLInputElement>('Tags');
    fireEvent.change(box, { target: { value: word } });
    fireEvent.keyDown(box, { key: 'Enter' });
  };

  it('that are chosen while others are saved follow', async () => {
    const first = later();
    const purpose = vi.fn(() => ({}));
    const one = skill('x', { tags: [] });
    const { client } = await show(one, {
      'skills.update_tags': () => first.answer,
      'skills.update_metadata': purpose
    });
    await act(async () => tag('one'));
    await act(async () => tag('two'));
    fireEvent.change(screen.getByLabelText('Purpose'), { target: { value: 'source' } });
    expect(purpose).toHaveBeenCalledWith(expect.objectContaining({ purpose: 'source' }));
    await act(async () => first.come({}));
    expect(called(client, 'skills.update_tags').map(({ tags }) => tags)).toEqual([['one'], ['one', 'two']]);
  });

  it('that could not be saved are as they were saved last', async () => {
    const first = later();
    let calls = 0;
    await show(skill('x', { tags: [] }), {
      'skills.update_tags': () => {
        calls += 1;
        return calls === 1 ? first.answer : Promise.reject(new Error('The disk is full.'));
      }
    });
    await act(async () => tag('one'));
    await act(async () => tag('two'));
    await act(async () => first.come({}));
    expect(screen.getByText(/The disk is full/)).toBeTruthy();
    expect(screen.getByText('one')).toBeTruthy();
    expect(screen.queryByText('two')).toBeNull();
  });
});

describe('problems', () => {
  const BROKEN = skill('x', {
    diagnostics: [
      problem('style', 5, { severity: 'info', level: 'style' }),
      problem('name-case', 2, { fix: { key: 'name', value: 'x' } })
    ]
  });
  const FIX = { name: 'x', rules: ['name-case'], diff: '@@ -2 +2 @@\n-name: X\n+name: x\n', base: 'b' };

  it('come the gravest first, and lead to their line', async () => {
    await show(BROKEN);
    const found = within(screen.getByRole('region', { name: 'Problems' })).getAllByRole('listitem');
    expect(found[0].textContent).toContain('name-case is broken.');
    fireEvent.click(within(found[0]).getByRole('button', { name: 'Line 2' }));
    expect(document.activeElement).toBe(text());
    expect(text().selectionStart).toBe(4);
  });

  it('lead to their character where others before it are wide ones', async () => {
    const diagnostics = [problem('name-case', 2, { column: 10 })];
    await show(skill('x', { text: '---\nname: 😀😀 X\n---\n', diagnostics }));
    const found = within(screen.getByRole('region', { name: 'Problems' })).getAllByRole('listitem');
    fireEvent.click(within(found[0]).getByRole('button', { name: 'Line 2' }));
    expect(text().value.slice(text().selectionStart)).toBe('X\n---\n');
  });

  it('are mended only after the difference was seen, and only in the file that was shown', async () => {
    const { client } = await show(BROKEN, {
      'skills.fix': ({ apply }) => ({
        skills: [{ ...FIX, commit: apply ? 'c' : null, failure: null }],
        applied: apply
      })
    });
    press('Fix: name-case is broken.');
    const preview = await screen.findByRole('group', { name: 'What the fix would change' });
    expect(preview.textContent).toContain('removed: name: X');
    expect(called(client, 'skills.fix')).toEqual([{ names: ['x'], rule: 'name-case', line: 2 }]);
    fireEvent.click(within(preview).getByRole('button', { name: 'Apply' }));
    await waitFor(() =>
      expect(screen.queryByRole('group', { name: 'What the fix would change' })).toBeNull()
    );
    expect(called(client, 'skills.fix')[1]).toEqual({
      names: ['x'],
      rule: 'name-case',
      line: 2,
      apply: true,
      bases: { x: 'b' }
    });
    expect(called(client, 'skills.get').length).toBeGreaterThan(1);
  });

  it('that could not be mended say why', async () => {
    await show(BROKEN, {
      'skills.fix': ({ apply }) => ({
        skills: [{ ...FIX, commit: null, failure: apply ? 'x has been changed since it was shown.' : null }],
        applied: false
      })
    });
    press('Fix: name-case is broken.');
    fireEvent.click(await screen.findByRole('button', { name: 'Apply' }));
    await screen.findByText('x has been changed since it was shown.');
  });
});

describe('a fix', () => {
  it('waits until what was typed is saved: it would change the file under that', async () => {
    const diagnostics = [problem('name-case', 2, { fix: { key: 'name', value: 'x' } })];
    const { client } = await show(skill('x', { diagnostics }));
    type('License', 'MIT');
    const fix = screen.getByRole('button', { name: 'Fix: name-case is broken.' });
    expect(fix.getAttribute('aria-disabled')).toBe('true');
    fireEvent.click(fix);
    expect(called(client, 'skills.fix')).toEqual([]);
  });
});

describe('the clients', () => {
  it('say where it loads, where it loses something, and why', async () => {
    const lossy = [problem('claude-code/description-cut', 3, { severity: 'warning', level: 'client' })];
    const broken = [problem('api/unknown-field', 2, { level: 'client' })];
    await show(
      skill('x', {
        clients: {
          'claude-code': { title: 'Claude Code', loads: true, findings: lossy },
          codex: { title: 'Codex', loads: true, findings: [] },
          api: { title: 'Claude API', loads: false, findings: broken }
        }
      })
    );
    expect(screen.getByText('2 of 3 clients')).toBeTruthy();
    expect(screen.getByRole('button', { name: 'Codex loads' })).toBeTruthy();
    expect(screen.getByRole('button', { name: 'Claude Code loads, with losses' })).toBeTruthy();
    press('Claude API does not load');
    expect(screen.getByText('api/unknown-field is broken.')).toBeTruthy();
    press('Line 2');
    expect(text().selectionStart).toBe(4);
  });
});

describe('the other parts', () => {
  const tab = async (name: RegExp): Promise<void> => {
    fireEvent.click(screen.getByRole('tab', { name }));
    await act(async () => undefined);
  };

  it('keep what was typed while they are looked at', async () => {
    const { client } = await show(skill('x'), {
      'git.history': () => ({ versions: [], next_cursor: null, repository: '/r', ours: true })
    });
    type('License', 'MIT');
    await tab(/History/);
    await tab(/Edit/);
    expect(screen.getByLabelText<HTMLInputElement>('License', { exact: false }).value).toBe('MIT');
    expect(called(client, 'skills.edit')).toEqual([]);
  });

  it('are walked with the arrows, and kept with the place', async () => {
    const keep = vi.fn();
    await show(skill('x'), {}, { place: 'page', keep });
    const first = screen.getByRole('tab', { name: /Edit/ });
    first.focus();
    fireEvent.keyDown(first, { key: 'ArrowRight' });
    expect(screen.getByRole('tab', { name: /Files/ }).getAttribute('aria-selected')).toBe('true');
    expect(document.activeElement).toBe(screen.getByRole('tab', { name: /Files/ }));
    expect(keep).toHaveBeenLastCalledWith({ view: 'skill', params: { skill: 'x', part: 'files' } });
  });

  const version = (id: string, message: string) => ({
    version: id,
    name: 'x',
    author: 'Kim',
    email: 'kim@example.org',
    at: '2026-11-20T00:00:00Z',
    message,
    files: [],
    tags: []
  });
  const HISTORY = {
    versions: [
      version('c'.repeat(40), 'x: edited'),
      version('b'.repeat(40), 'x: edited'),
      version('a'.repeat(40), 'x: created')
    ],
    next_cursor: null,
    repository: '/r',
    ours: true
  };
  const SAME = { name: 'x', old: null, new: null, files: [], added: 0, removed: 0, truncated: false };

  it('compare any two versions, and one with what is there now', async () => {
    const { client } = await show(skill('x'), { 'git.history': () => HISTORY, 'git.diff': () => SAME });
    await tab(/History/);
    fireEvent.click(screen.getByRole('button', { name: /created/ }));
    fireEvent.click(screen.getByRole('radio', { name: 'From it to now' }));
    fireEvent.change(screen.getByLabelText('Compare with another version'), {
      target: { value: 'c'.repeat(40) }
    });
    await act(async () => undefined);
    expect(called(client, 'git.diff').slice(-3)).toEqual([
      { name: 'x', new: 'a'.repeat(40) },
      { name: 'x', old: 'a'.repeat(40) },
      { name: 'x', old: 'a'.repeat(40), new: 'c'.repeat(40) }
    ]);
  });

  it('name a version', async () => {
    const { client } = await show(skill('x'), {
      'git.history': () => HISTORY,
      'git.diff': () => SAME,
      'git.tag': () => version('c', '')
    });
    await tab(/History/);
    press('Name this version…');
    fireEvent.change(screen.getByRole('textbox', { name: 'Name' }), { target: { value: 'v1.0' } });
    press('Name it');
    await screen.findByRole('button', { name: 'Name this version…' });
    expect(called(client, 'git.tag')).toEqual([{ name: 'x', tag: 'v1.0', version: 'c'.repeat(40) }]);
  });

  it('restore a version after saying what that drops', async () => {
    const { client } = await show(skill('x'), {
      'git.history': () => ({
        versions: [version('b'.repeat(40), 'x: edited'), version('a'.repeat(40), 'x: created')],
        next_cursor: null,
        repository: '/r',
        ours: true
      }),
      'git.diff': () => ({
        name: 'x',
        old: null,
        new: null,
        files: [],
        added: 0,
        removed: 0,
        truncated: false
      }),
      'git.restore': ({ preview }) => ({
        name: 'x',
        version: 'a'.repeat(40),
        drops: ['scripts/run.sh'],
        changes: ['SKILL.md'],
        saves: [],
        later: 1,
        commit: preview ? null : 'd'
      })
    });
    await tab(/History/);
    fireEvent.click(screen.getByRole('button', { name: /created/ }));
    press('Restore this version…');
    const plan = await screen.findByRole('group', { name: 'What restoring would do' });
    expect(plan.textContent).toContain('1 file would be dropped');
    expect(plan.textContent).toContain('scripts/run.sh');
    expect(plan.textContent).toContain('The 1 newer version stays in the history.');
    fireEvent.click(within(plan).getByRole('button', { name: 'Restore' }));
    await screen.findByText(/is the newest again/);
    expect(called(client, 'git.restore').map(({ preview }) => preview)).toEqual([true, false]);
  });

  it('say what a listing does with the description', async () => {
    await show(
      skill('x'),
      {
        'skills.budget': () => ({
          costs: [{ name: 'x', listing: 30, body: 1200, resources: 0, files: {} }],
          listings: [
            {
              client: 'claude-code',
              unit: 'characters',
              limit: 100,
              needed: 150,
              used: 90,
              over: 50,
              entries: [
                { name: 'short', fate: 'cut', full: 50, shown: 40, lost: 10 },
                { name: 'whole', fate: 'whole', full: 50, shown: 50, lost: 0 },
                { name: 'x', fate: 'dropped', full: 90, shown: 0, lost: 90 }
              ]
            }
          ],
          basis: 'an estimate',
          error: 0.2
        })
      },
      { place: 'page' },
      { part: 'budget' }
    );
    expect(screen.getByText(/drops the description/)).toBeTruthy();
    expect(screen.getByText('1.2k')).toBeTruthy();
    expect(screen.getByRole('meter').getAttribute('data-level')).toBe('over');
    press('Which descriptions does it cut?');
    const table = await screen.findByRole('table', { name: 'Descriptions that are not shown whole' });
    const lines = within(table).getAllByRole('row').slice(1);
    expect(lines.map(({ textContent }) => textContent)).toEqual([
      'xdropped: the name alone is listed0 of 90',
      'shortcut40 of 50'
    ]);
  });

  const finding = {
    rule: 'pipe-to-shell',
    severity: 'critical',
    confidence: 'high',
    file: 'run.sh',
    line: 3,
    excerpt: 'curl | sh',
    reason: 'It runs what it downloads.',
    remedy: 'Do not.',
    label: 'AST02',
    digest: 'sha256:1'
  };
  const report = {
    name: 'x',
    digest: 'sha256:2',
    verdict: 'dangerous',
    advice: 'Read it.',
    findings: [finding],
    waived: [],
    new: [finding],
    since: null,
    capabilities: { network: ['run.sh:3'], secrets: [] },
    files: 2,
    bytes: 100,
    trust: 'untrusted'
  };
  const scanned = (answers: Answers) =>
    show(
      skill('x', { source: 'imported', trust: 'untrusted' }),
      { 'skills.scan': () => report, 'skills.trust': () => ({}), ...answers },
      { place: 'page' },
      { part: 'security' }
    );

  const waiver = {
    reason: 'It is our own server.',
    created_at: '2026-11-20T12:00:00Z',
    expires_at: '2027-03-31T12:00:00Z'
  };

  it('let a finding stand with a reason, for the file as it is or until a day, and take that back', async () => {
    const standing = { ...finding, waiver };
    const { client } = await scanned({
      'skills.waive': ({ withdraw }) =>
        withdraw ? report : { ...report, findings: [], new: [], waived: [standing], verdict: 'clean' }
    });
    expect(screen.getByText('Dangerous')).toBeTruthy();
    expect(screen.getByText('reaches the network')).toBeTruthy();
    press('Let it stand… pipe-to-shell in run.sh, line 3');
    type('Why may it stand?', 'It is our own server.');
    type('Until (optional)', '2027-03-31');
    press('Let it stand');
    await waitFor(() =>
      expect(called(client, 'skills.waive')).toEqual([
        {
          name: 'x',
          rule: 'pipe-to-shell',
          digest: 'sha256:1',
          reason: 'It is our own server.',
          expires: new Date('2027-03-31T23:59:59').toISOString()
        }
      ])
    );
    fireEvent.click(await screen.findByText('1 finding that you let stand'));
    expect(
      screen.getByText('It may stand since 2026-11-20, until 2027-03-31:').parentElement?.textContent
    ).toMatch(/It is our own server\.$/);
    press('Let it stand no longer: pipe-to-shell in run.sh, line 3');
    await screen.findByRole('heading', { name: '1 finding' });
    expect(called(client, 'skills.waive')[1]).toEqual({
      name: 'x',
      rule: 'pipe-to-shell',
      digest: 'sha256:1',
      withdraw: true
    });
    expect(called(client, 'skills.scan')).toHaveLength(1);
    press('Trust this version');
    await waitFor(() => expect(called(client, 'skills.trust')).toEqual([{ name: 'x', digest: 'sha256:2' }]));
  });

  it('show what is new since the version before apart from what has been looked at', async () => {
    const old = { ...finding, line: 9, excerpt: 'rm -rf', reason: 'It deletes.' };
    await scanned({
      'skills.scan': () => ({ ...report, findings: [finding, old], since: new Date().toISOString() })
    });
    const news = within(screen.getByRole('region', { name: 'New findings' }));
    expect(news.getByRole('heading').textContent).toBe('1 new finding');
    expect(news.queryByText('It deletes.')).toBeNull();
    expect(screen.getByRole('heading', { name: '1 finding from before' })).toBeTruthy();
    fireEvent.click(news.getByRole('button', { name: /^Let it stand…/ }));
    expect(news.getByText(/the other 1 finding of this rule/)).toBeTruthy();
  });

  it('say why a finding stood that counts again', async () => {
    await scanned({ 'skills.scan': () => ({ ...report, findings: [{ ...finding, waiver }] }) });
    expect(screen.getByText('It stood until 2027-03-31:')).toBeTruthy();
  });

  it('mark what the last scan warned of on the head and on the tab, and lead to the file', async () => {
    await show(
      skill('x', { verdict: 'dangerous', source: 'imported', trust: 'untrusted' }),
      {
        'skills.scan': () => report,
        'files.read': () => ({ path: 'run.sh', text: 'curl', size: 4, digest: 'd' })
      },
      { place: 'page' }
    );
    expect(screen.getByText('Dangerous')).toBeTruthy();
    await tab(/Security Dangerous/);
    fireEvent.click(within(screen.getByRole('region', { name: 'What it can do' })).getByRole('button'));
    expect(screen.getByRole('tab', { name: /Files/ }).getAttribute('aria-selected')).toBe('true');
  });

  it('say so where nothing is new', async () => {
    await scanned({ 'skills.scan': () => ({ ...report, new: [], since: new Date().toISOString() }) });
    expect(screen.getByText(/None is new since the version before, scanned just now/)).toBeTruthy();
  });
});

describe('leaving', () => {
  it('tells the place what is not saved and how to save it, until it is', async () => {
    const { get, edit } = server(skill('x'));
    let work: Unsaved | null = null;
    const unsaved = (next: Unsaved | null): void => void (work = next);
    const { client } = await show(get(), { 'skills.edit': edit }, { place: 'page', unsaved });
    expect(work).toBeNull();
    type('License', 'MIT');
    expect(work).toMatchObject({ name: 'x' });
    await act(async () => expect(await (work as Unsaved | null)?.save?.()).toBe(true));
    expect(work).toBeNull();
    expect(called(client, 'skills.edit')).toHaveLength(1);
  });

  it.each([
    ['the text', () => text(), 'b'],
    ['a key', () => screen.getByLabelText<HTMLInputElement>('License', { exact: false }), 'b'],
    ['another key', () => screen.getByLabelText<HTMLInputElement>('Compatibility', { exact: false }), 'b']
  ])('is not done by a save under which more is typed: %s', async (_, box, more) => {
    const { get, edit } = server(skill('x'));
    const saving = later();
    let work: Unsaved | null = null;
    const unsaved = (next: Unsaved | null): void => void (work = next);
    await show(
      get(),
      {
        'skills.edit': async asked => {
          await saving.answer;
          return edit(asked);
        }
      },
      { place: 'page', unsaved }
    );
    if (box() === text()) {
      fireEvent.change(text(), { target: { value: `${get().text}a` } });
    } else {
      type('License', 'a');
    }
    const left = (work as Unsaved | null)?.save?.();
    await act(async () => fireEvent.change(box(), { target: { value: `${get().text}${more}` } }));
    await act(async () => saving.come(null));
    expect(await left).toBe(false);
    expect(box().value.endsWith(more)).toBe(true);
    expect(work).not.toBeNull();
    await act(async () => expect(await (work as Unsaved | null)?.save?.()).toBe(true));
    expect(work).toBeNull();
  });

  it('of a skill that is shown in the place of the library stays when more is typed while it saves', async () => {
    const one = skill('x');
    const saving = later();
    const back = vi.fn();
    await show(one, { 'skills.edit': () => saving.answer }, { place: 'side', back });
    fireEvent.change(text(), { target: { value: `${one.text}a` } });
    press('Back to all skills');
    const question = within(screen.getByRole('alertdialog', { name: 'Leave without saving?' }));
    fireEvent.click(question.getByRole('button', { name: 'Save' }));
    fireEvent.change(text(), { target: { value: `${one.text}ab` } });
    await act(async () =>
      saving.come({ skill: { ...one, text: `${one.text}a`, digest: 'd2' }, commit: 'c' })
    );
    expect(back).not.toHaveBeenCalled();
    expect(screen.queryByRole('alertdialog')).toBeNull();
    expect(text().value).toBe(`${one.text}ab`);
  });

  it('is asked about once: a place that asks too is told that it was', async () => {
    const { get } = server(skill('x'));
    const unsaved = vi.fn();
    const back = vi.fn(() => expect(unsaved).toHaveBeenLastCalledWith(null));
    await show(get(), {}, { place: 'side', back, unsaved });
    type('License', 'MIT');
    press('Back to all skills');
    expect(unsaved).toHaveBeenLastCalledWith(expect.objectContaining({ name: 'x' }));
    const question = within(screen.getByRole('alertdialog', { name: 'Leave without saving?' }));
    fireEvent.click(question.getByRole('button', { name: 'Discard' }));
    expect(back).toHaveReturnedTimes(1);
  });

  it('of a skill that is shown in the place of the library asks first', async () => {
    const { get, edit } = server(skill('x'));
    const back = vi.fn();
    await show(get(), { 'skills.edit': edit }, { place: 'side', back });
    type('License', 'MIT');
    press('Back to all skills');
    expect(back).not.toHaveBeenCalled();
    expect(document.activeElement?.textContent).toBe('Stay');
    press('Stay');
    expect(screen.getByLabelText<HTMLInputElement>('License', { exact: false }).value).toBe('MIT');
    press('Back to all skills');
    const question = within(screen.getByRole('alertdialog', { name: 'Leave without saving?' }));
    fireEvent.click(question.getByRole('button', { name: 'Save' }));
    await waitFor(() => expect(back).toHaveBeenCalled());
    expect(get().text).toContain('license: MIT');
  });
});

describe('the lock', () => {
  const LOCKED = { skill: 'x', locked: true, mine: false, instance: 'other', pid: 1, acquired_at: null };

  it('is of this page while something is typed, and each change says so', async () => {
    const { get, edit } = server(skill('x'));
    const { client } = await show(get(), {
      'skills.edit': edit,
      'skills.lock': () => ({ ...LOCKED, mine: true }),
      'skills.unlock': () => ({ ...LOCKED, locked: false })
    });
    expect(called(client, 'skills.lock')).toEqual([]);
    type('License', 'MIT');
    await waitFor(() => expect(called(client, 'skills.lock')).toEqual([{ name: 'x' }]));
    press('Save');
    await waitFor(() => expect(called(client, 'skills.unlock')).toEqual([{ name: 'x' }]));
    const asked = client.calls
      .filter(({ name }) => /lock|edit/.test(name))
      .map(({ params }) => params.instance);
    expect(asked.length).toBe(3);
    expect(new Set(asked).size).toBe(1);
    expect(asked[0]).toBeTruthy();
  });

  it('is given back when the page goes, and when the view does', async () => {
    const { client, unmount } = await show(skill('x'), { 'skills.lock': () => ({ ...LOCKED, mine: true }) });
    type('License', 'MIT');
    await waitFor(() => expect(called(client, 'skills.lock')).toHaveLength(1));
    fireEvent(window, new Event('pagehide'));
    expect(called(client, 'skills.unlock')).toHaveLength(1);
    unmount();
    await waitFor(() => expect(called(client, 'skills.unlock')).toHaveLength(2));
  });

  it('is asked for again by a page that was cut off', async () => {
    const { client } = await show(skill('x'), { 'skills.lock': () => ({ ...LOCKED, mine: true }) });
    type('License', 'MIT');
    await waitFor(() => expect(called(client, 'skills.lock')).toHaveLength(1));
    act(() => client.connection.set('reconnecting'));
    act(() => client.connection.set('open'));
    await waitFor(() => expect(called(client, 'skills.lock')).toHaveLength(2));
  });

  it('of another window leaves this one to read, until it is taken over', async () => {
    const { client } = await show(skill('x', { locked: true }), {
      'skills.check_lock': () => LOCKED,
      'skills.unlock': () => ({ ...LOCKED, locked: false })
    });
    expect(screen.getByText(/being edited in another window\. Here you can read it/)).toBeTruthy();
    expect(text().readOnly).toBe(true);
    expect(screen.getByLabelText<HTMLInputElement>('License').disabled).toBe(true);
    press('Edit it here instead');
    await waitFor(() => expect(text().readOnly).toBe(false));
    expect(client.calls.find(({ name }) => name === 'skills.unlock')?.params.instance).toBe('other');
  });

  it('that another window took first is said before anything is saved, and what was typed stays', async () => {
    await show(skill('x'), {
      'skills.lock': () => {
        throw new CallError({ kind: 'refused', message: 'x', remedy: 'x', facts: { reason: 'locked' } });
      }
    });
    type('License', 'MIT');
    await screen.findByText(/What you typed cannot be saved until that is done/);
    expect(screen.getByLabelText<HTMLInputElement>('License', { exact: false }).value).toBe('MIT');
  });
});

describe('the locks of one page', () => {
  const MINE = { locked: true, mine: true, instance: 'me', pid: 1, acquired_at: null };

  /** A server that knows who has which lock, and says so with the skill. */
  function locks(held: Iterable<string> = []) {
    const now = new Set(held);
    const state = ({ name }: { [name: string]: unknown }) => ({
      ...MINE,
      skill: name,
      locked: now.has(String(name)),
      mine: now.has(String(name))
    });
    const answers: Answers = {
      'skills.get': ({ name }) => skill(String(name), { locked: now.has(String(name)) }),
      'skills.check_lock': state,
      'skills.lock': asked => {
        now.add(String(asked.name));
        return state(asked);
      },
      'skills.unlock': asked => {
        now.delete(String(asked.name));
        return state(asked);
      }
    };
    return { now, answers };
  }

  it('that nobody in it needs any more are given back: one that came behind the end of the page', async () => {
    const { now, answers } = locks(['x']);
    await show(skill('x', { locked: true }), answers);
    await waitFor(() => expect([...now]).toEqual([]));
    expect(screen.queryByText(/being edited in another window/)).toBeNull();
  });

  it('that went with a new name are given back under it', async () => {
    const { now, answers } = locks();
    const { get, edit } = server(skill('x'));
    const unlocking = later();
    await show(get(), {
      ...answers,
      'skills.edit': edit,
      'skills.unlock': async asked => {
        if (asked.name === 'x') {
          await unlocking.answer;
        }
        return answers['skills.unlock']!(asked);
      },
      'skills.rename': ({ new_name }) => {
        now.delete('x');
        now.add(String(new_name));
        return { skill: skill(String(new_name), { locked: true }), commit: 'c' };
      }
    });
    type('License', 'MIT');
    await waitFor(() => expect([...now]).toEqual(['x']));
    press('Save');
    // The page says that it is saved a moment before its head knows.
    await waitFor(() =>
      expect(screen.getByRole('button', { name: 'Rename' }).getAttribute('aria-disabled')).toBe('false')
    );
    press('Rename');
    type('New name', 'y');
    fireEvent.click(
      within(screen.getByRole('form', { name: 'Rename' })).getByRole('button', { name: 'Rename' })
    );
    await screen.findByRole('heading', { name: 'y' });
    await waitFor(() => expect([...now]).toEqual([]));
    await act(async () => unlocking.come(null));
  });

  it('stay while another view of it still has something that is not saved', async () => {
    const { now, answers } = locks();
    const one = await show(skill('x'), answers);
    const other = await show(skill('x'), answers);
    const box = (view: typeof one): HTMLElement => within(view.container).getByLabelText('License');
    const discard = (view: typeof one): void =>
      void fireEvent.click(within(view.container).getByRole('button', { name: 'Discard' }));
    fireEvent.change(box(one), { target: { value: 'MIT' } });
    fireEvent.change(box(other), { target: { value: 'BSD' } });
    await waitFor(() =>
      expect([one, other].flatMap(({ client }) => called(client, 'skills.lock'))).toHaveLength(2)
    );
    await act(async () => discard(other));
    expect([...now]).toEqual(['x']);
    await act(async () => discard(one));
    expect([...now]).toEqual([]);
  });

  it('are asked for one after the other: a page that comes back waits for what it asked before', async () => {
    const { now, answers } = locks();
    const asked: string[] = [];
    const gone = later();
    const { client } = await show(skill('x'), {
      ...answers,
      'skills.unlock': async params => {
        asked.push('unlock');
        await gone.answer;
        return answers['skills.unlock']!(params);
      }
    });
    type('License', 'MIT');
    await waitFor(() => expect(called(client, 'skills.lock')).toHaveLength(1));
    fireEvent(window, new Event('pagehide'));
    await act(async () => fireEvent(window, Object.assign(new Event('pageshow'), { persisted: true })));
    expect(called(client, 'skills.lock')).toHaveLength(1);
    await act(async () => gone.come(null));
    await waitFor(() => expect(called(client, 'skills.lock')).toHaveLength(2));
    expect([...now]).toEqual(['x']);
    expect(asked).toHaveLength(1);
  });

  it('do not wait for those of another skill', async () => {
    const never = later();
    const one = await show(skill('slow'), { 'skills.lock': () => never.answer });
    const box = (view: typeof one): HTMLElement => within(view.container).getByLabelText('License');
    fireEvent.change(box(one), { target: { value: 'MIT' } });
    await waitFor(() => expect(called(one.client, 'skills.lock')).toHaveLength(1));
    const other = await show(skill('quick'), { 'skills.lock': () => MINE });
    fireEvent.change(box(other), { target: { value: 'MIT' } });
    await waitFor(() => expect(called(other.client, 'skills.lock')).toHaveLength(1));
    await act(async () => never.come(MINE));
  });
});

describe('news', () => {
  it('that comes first may be of a change since the file was read', async () => {
    let now = skill('x');
    const { client } = await show(now, { 'skills.get': () => now });
    now = { ...now, text: `${now.text}more`, digest: 'd2' };
    await act(async () => client.reset('skills', [{ version: 'after' }]));
    expect(text().value).toBe(now.text);
  });

  it('of a change elsewhere shows the file as it is now, unless something is half-written', async () => {
    let now = skill('x');
    const { client } = await show(now, { 'skills.get': () => now });
    const heard = (version: string) => act(async () => client.reset('skills', [{ version }]));
    await heard('one');
    now = skill('x', { text: `${now.text}\nMore.\n` });
    await heard('two');
    expect(text().value).toContain('More.');
    type('License', 'MIT');
    now = skill('x', { text: `${now.text}\nAnd more.\n` });
    await heard('three');
    expect(text().value).not.toContain('And more.');
  });
});

describe('the skill as a whole', () => {
  it('is renamed, and the place keeps the new name', async () => {
    const keep = vi.fn();
    await show(
      skill('x'),
      { 'skills.rename': ({ new_name }) => ({ skill: skill(String(new_name)), commit: 'c' }) },
      { place: 'page', keep }
    );
    press('Rename');
    type('New name', 'y');
    fireEvent.click(
      within(screen.getByRole('form', { name: 'Rename' })).getByRole('button', { name: 'Rename' })
    );
    await screen.findByRole('heading', { name: 'y' });
    expect(keep).toHaveBeenLastCalledWith({ view: 'skill', params: { skill: 'y', part: 'edit' } });
  });

  it('goes to the trash after a question, and comes back', async () => {
    await show(skill('x'), {
      'skills.delete': () => ({ name: 'x', trash: 't', commit: 'c' }),
      'skills.restore_deleted': () => ({ skill: skill('x'), commit: 'c' })
    });
    press('Delete the skill');
    fireEvent.click(within(screen.getByRole('alertdialog')).getByRole('button', { name: 'Delete' }));
    await screen.findByText('x moved to the trash.');
    expect(screen.queryByLabelText('SKILL.md')).toBeNull();
    press('Undo');
    await screen.findByLabelText('SKILL.md');
  });

  it('goes to the trash once, however often it is asked to', async () => {
    const gone = later();
    let calls = 0;
    await show(skill('x'), {
      'skills.delete': () => {
        calls += 1;
        return calls === 1 ? gone.answer : Promise.reject(new Error('There is no such skill.'));
      }
    });
    press('Delete the skill');
    const question = within(screen.getByRole('alertdialog'));
    fireEvent.click(question.getByRole('button', { name: 'Delete' }));
    fireEvent.click(question.getByRole('button', { name: 'Delete' }));
    await act(async () => gone.come({ name: 'x', trash: 't', commit: 'c' }));
    expect(calls).toBe(1);
    expect(screen.getByText('x moved to the trash.')).toBeTruthy();
    expect(screen.getByRole('button', { name: 'Undo' })).toBeTruthy();
    expect(screen.queryByLabelText('SKILL.md')).toBeNull();
  });

  it('is neither deleted nor renamed while something is typed in it and not saved', async () => {
    const { client } = await show(skill('x'), { 'skills.delete': () => ({}), 'skills.rename': () => ({}) });
    press('Delete the skill');
    press('Rename');
    type('New name', 'y');
    type('License', 'MIT');
    const question = within(screen.getByRole('alertdialog'));
    await act(async () => fireEvent.click(question.getByRole('button', { name: 'Delete' })));
    await act(async () => fireEvent.submit(screen.getByRole('form', { name: 'Rename' })));
    expect(question.getByText('Save or discard what you typed first.')).toBeTruthy();
    fireEvent.click(question.getByRole('button', { name: 'Keep' }));
    press('Delete the skill');
    expect(screen.queryByRole('alertdialog')).toBeNull();
    expect(client.calls.filter(({ name }) => /delete|rename/.test(name))).toEqual([]);
  });

  it('that went to the trash under what was typed has nothing to save', async () => {
    const gone = later();
    let work: Unsaved | null = null;
    const unsaved = (next: Unsaved | null): void => void (work = next);
    await show(skill('x'), { 'skills.delete': () => gone.answer }, { place: 'page', unsaved });
    press('Delete the skill');
    fireEvent.click(within(screen.getByRole('alertdialog')).getByRole('button', { name: 'Delete' }));
    type('License', 'MIT');
    expect(work).not.toBeNull();
    await act(async () => gone.come({ name: 'x', trash: 't', commit: 'c' }));
    expect(work).toBeNull();
  });

  it('that is not there is a sentence with a way to look again', async () => {
    await show(skill('x'), {
      'skills.get': () => {
        throw new CallError({
          kind: 'not_found',
          message: "There is no skill named 'x'.",
          remedy: 'List them.'
        });
      }
    });
    expect(screen.getByText("There is no skill named 'x'.")).toBeTruthy();
    expect(screen.getByRole('button', { name: 'Look again' })).toBeTruthy();
  });
});

describe('a hostile skill', () => {
  const BAD = '<img src=x onerror="window.__pwned=1"><script>window.__pwned=1</script>';

  it('is text in the form, the editor, the problems and the list of files', async () => {
    const path = `references/${BAD}.md`;
    const { container } = await show(
      skill('x', {
        text: `---\nname: ${BAD}\n---\n[a](javascript:window.__pwned=1)\n${BAD}`,
        fields: { description: BAD, [BAD]: BAD, metadata: { [BAD]: BAD }, deep: { a: { b: 1 } } },
        diagnostics: [problem('r', 99, { message: BAD, level: BAD, rule: BAD, line: 1e9 })],
        files: [{ path, size: 1, link: false, executable: true }]
      }),
      {
        'files.read': () => ({
          path,
          text: `# A\n\n${BAD}\n\n[a](javascript:alert(1))`,
          size: 1,
          digest: 'd'
        })
      }
    );
    fireEvent.click(screen.getByRole('tab', { name: /Files/ }));
    await screen.findByRole('heading', { name: 'A' });
    expect(container.querySelector('img, script, iframe, [onerror], a[href^="javascript"]')).toBeNull();
    expect((window as { __pwned?: number }).__pwned).toBeUndefined();
    fireEvent.click(screen.getByRole('tab', { name: /Edit/ }));
    expect(() => fireEvent.click(screen.getByRole('button', { name: 'Line 1000000000' }))).not.toThrow();
  });
});
