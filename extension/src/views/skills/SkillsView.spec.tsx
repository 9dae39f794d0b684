import React from 'react';
import { act, fireEvent, render, screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';
import { CallError } from '../../client/client';
import type { SkillRow } from '../../protocol';
import { FakeClient } from '../../testing/fake-client';
import { row } from '../../testing/skills';
import type { Host } from '../host';
import { SkillsView } from './SkillsView';

type Answers = ConstructorParameters<typeof FakeClient>[0];

const THREE = [
  row('alpha', { tags: ['sql'] }),
  row('beta'),
  row('gamma', { source: 'imported', trust: 'untrusted' })
];

const listed = (skills: SkillRow[], more: object = {}) => ({
  skills,
  deleted: [],
  total: skills.length,
  facets: {},
  next_cursor: null,
  ...more
});

async function show(skills: SkillRow[], answers: Answers = {}, host: Host = { place: 'page' }, params = {}) {
  const client = new FakeClient({ 'skills.list': () => listed(skills), ...answers });
  const view = render(<SkillsView client={client} params={params} host={host} />);
  await act(async () => undefined);
  return { client, ...view };
}

const cards = (): string[] =>
  screen.queryAllByRole('gridcell').map(cell => cell.getAttribute('aria-label') ?? '');
const called = (client: FakeClient, name: string) =>
  client.calls.filter(call => call.name === name).map(({ params }) => params);
const pick = (name: string): void => {
  fireEvent.click(screen.getByRole('checkbox', { name: `Select ${name}` }));
};

describe('the library', () => {
  it('shows every skill, page after page', async () => {
    const pages = [listed([row('alpha')], { next_cursor: 'next' }), listed([row('beta')])];
    const { client } = await show([], { 'skills.list': ({ cursor }) => pages[cursor ? 1 : 0] });
    await waitFor(() => expect(cards()).toEqual(['alpha', 'beta']));
    expect(called(client, 'skills.list').some(({ cursor }) => cursor === 'next')).toBe(true);
  });

  it('is searched as one types, and keeps what was chosen with its place', async () => {
    const keep = vi.fn();
    await show(THREE, {}, { place: 'page', keep });
    fireEvent.change(screen.getByRole('searchbox'), { target: { value: 'sql' } });
    expect(cards()).toEqual(['alpha']);
    expect(screen.getByText('1 of 3')).toBeTruthy();
    expect(keep).toHaveBeenLastCalledWith({ view: 'skills', params: { query: 'sql' } });
  });

  it('does not change the notebook that it is looked at in', async () => {
    const keep = vi.fn();
    await show(THREE, {}, { place: 'cell', keep });
    fireEvent.change(screen.getByRole('searchbox'), { target: { value: 'sql' } });
    expect(keep).not.toHaveBeenCalled();
  });

  it('is narrowed by facets, which say how many they would leave', async () => {
    await show(THREE);
    const imported = within(screen.getByRole('group', { name: 'Source' }));
    expect(imported.getByText('Imported').parentElement?.textContent).toBe('Imported1');
    fireEvent.click(imported.getByRole('checkbox', { name: /Imported/ }));
    expect(cards()).toEqual(['gamma']);
    fireEvent.click(screen.getByRole('button', { name: /Show all/ }));
    expect(cards()).toHaveLength(3);
  });

  it('says that nothing matches, and leads back', async () => {
    await show(THREE, {}, { place: 'page' }, { query: 'nowhere' });
    expect(screen.getByText('No skill matches.')).toBeTruthy();
    fireEvent.click(screen.getByRole('button', { name: 'Show all skills' }));
    expect(cards()).toHaveLength(3);
  });

  it('says that there is none yet, and makes the first', async () => {
    await show([]);
    expect(screen.getByText('There is no skill yet.')).toBeTruthy();
    fireEvent.click(screen.getAllByRole('button', { name: 'New skill' })[1]);
    expect(screen.getByRole('form', { name: 'New skill' })).toBeTruthy();
  });

  it('asks for another folder when its own cannot be used', async () => {
    let broken = true;
    const failure = {
      kind: 'home_unusable',
      message: 'The skills folder /x cannot be used.',
      remedy: 'Choose another one.',
      facts: { path: '/x' }
    };
    const { client } = await show([], {
      'skills.list': () => {
        if (broken) {
          throw new CallError(failure);
        }
        return listed(THREE);
      },
      'settings.save': () => {
        broken = false;
        return {};
      }
    });
    expect(screen.getByText(failure.message)).toBeTruthy();
    fireEvent.change(screen.getByLabelText(/another folder than \/x/), {
      target: { value: '/home/me/skills' }
    });
    fireEvent.click(screen.getByRole('button', { name: 'Use this folder' }));
    await waitFor(() => expect(cards()).toHaveLength(3));
    expect(called(client, 'settings.save')).toEqual([{ changes: { skills_path: '/home/me/skills' } }]);
  });

  it('asks whether the skills move along where another folder is chosen', async () => {
    const facts = { path: '/x' };
    const { client } = await show([], {
      'skills.list': () => {
        throw new CallError({ kind: 'refused', message: 'It cannot be read.', remedy: 'Look at it.', facts });
      },
      'settings.save': ({ move_skills }) => {
        if (move_skills === undefined) {
          const message = '3 skills would be left behind in /x.';
          throw new CallError({ kind: 'refused', message, remedy: 'Say.', facts: { reason: 'move_skills' } });
        }
        return {};
      }
    });
    fireEvent.change(screen.getByLabelText(/another folder than \/x/), { target: { value: '/y' } });
    fireEvent.click(screen.getByRole('button', { name: 'Use this folder' }));
    expect((await screen.findByText(/3 skills would be left behind/)).textContent).toContain('Do they move');
    fireEvent.click(screen.getByRole('button', { name: 'Move them' }));
    await waitFor(() =>
      expect(called(client, 'settings.save')[1]).toEqual({
        changes: { skills_path: '/y' },
        move_skills: true
      })
    );
  });

  it('keeps ten thousand skills out of the document but for those in sight', async () => {
    const many = Array.from({ length: 10_000 }, (_, i) => row(`skill-${String(i).padStart(5, '0')}`));
    await show(many, {}, { place: 'page' }, { layout: 'list' });
    expect(screen.getByRole('grid').getAttribute('aria-rowcount')).toBe('10000');
    expect(cards().length).toBeLessThan(60);
  });

  it('opens a skill where the place has room for it, else within itself with a way back', async () => {
    const openSkill = vi.fn();
    const { unmount } = await show(THREE, {}, { place: 'page', openSkill });
    fireEvent.click(screen.getByRole('button', { name: 'beta' }));
    expect(openSkill).toHaveBeenCalledWith('beta');
    unmount();
    await show(THREE, {}, { place: 'cell' });
    fireEvent.click(screen.getByRole('button', { name: 'beta' }));
    fireEvent.click(screen.getByRole('button', { name: 'Back to all skills' }));
    expect(cards()).toHaveLength(3);
  });
});

describe('a card', () => {
  it('says where the skill loads, with the clients by name, and what it costs', async () => {
    const badge = {
      colour: 'amber' as const,
      text: 'Loads in Claude Code, Codex; not in Claude API.',
      loads: ['claude-code', 'codex'],
      fails: ['api'],
      reduced: ['codex']
    };
    const rows = [
      row('part', { badge, tokens: { listing: 31, body: 1240 } }),
      row('none', { badge: { ...badge, colour: 'red', loads: [], fails: ['codex', 'api'] } }),
      row('gone', { present: false, badge: null, tokens: null })
    ];
    const { unmount } = await show(rows, {}, { place: 'page' }, { layout: 'list' });
    const card = (name: string): HTMLElement => screen.getByRole('gridcell', { name });
    const part = within(card('part')).getByTitle(/^Loads in Claude/);
    expect(part.textContent).toBe('Loads in 2 of 3');
    expect(part.title).toBe('Loads in Claude Code, Codex; not in Claude API. With losses in Codex.');
    expect(within(card('part')).getByText('31 listed, 1.2k when used').title).toContain(
      '1,240 more when it is used'
    );
    expect(within(card('none')).getByText('Loads nowhere')).toBeTruthy();
    expect(within(card('gone')).getByText('No SKILL.md')).toBeTruthy();
    unmount();
    await show([row('huge', { badge: null, tokens: null })]);
    expect(within(card('huge')).getByText('Not readable')).toBeTruthy();
  });
});

describe("the agents' own skills", () => {
  const agents = row('beta', { source: 'workspace', path: '/home/w/beta', trust: 'untrusted' });

  it('stand beside those of the library, also under one name, and nothing is done to them', async () => {
    const { client } = await show([...THREE.slice(0, 2), agents], {}, { place: 'page' }, { layout: 'list' });
    expect(cards()).toEqual(['alpha', 'beta', 'beta']);
    expect(screen.getByRole('checkbox', { name: /Workspace/ })).toBeTruthy();
    const [own, theirs] = screen.getAllByRole('gridcell', { name: 'beta' });
    expect(within(theirs).queryByRole('checkbox')).toBeNull();
    act(() => theirs.focus());
    fireEvent.keyDown(theirs, { key: 'Delete' });
    expect(screen.queryByRole('alertdialog')).toBeNull();
    fireEvent.keyDown(theirs, { key: 'a', ctrlKey: true });
    expect(screen.getByText('2 skills selected')).toBeTruthy();
    expect([own, theirs].map(cell => cell.getAttribute('aria-selected'))).toEqual(['true', null]);
    expect(called(client, 'skills.delete')).toEqual([]);
  });

  it('are read in the place of the library, with a way back', async () => {
    const openSkill = vi.fn();
    const { client } = await show(
      [agents],
      { 'files.read': () => ({ text: '---\nname: beta\n---\nDo it.' }) },
      { place: 'page', openSkill }
    );
    fireEvent.click(screen.getByRole('button', { name: 'beta' }));
    await screen.findByText('Do it.');
    expect(called(client, 'files.read')).toEqual([{ path: '/home/w/beta/SKILL.md' }]);
    expect(openSkill).not.toHaveBeenCalled();
    fireEvent.click(screen.getByRole('button', { name: 'Back to all skills' }));
    await waitFor(() => expect(document.activeElement).toBe(screen.getByRole('gridcell', { name: 'beta' })));
  });
});

describe('news', () => {
  const heard = async (client: FakeClient, version: string): Promise<void> =>
    act(async () => client.reset('skills', [{ version }]));

  it('of a change elsewhere brings the new list, with selection, keyboard and filters as they were', async () => {
    let skills = THREE;
    const { client } = await show(
      [],
      { 'skills.list': () => listed(skills) },
      { place: 'page' },
      { layout: 'list' }
    );
    await heard(client, 'one');
    const before = called(client, 'skills.list').length;
    pick('beta');
    screen.getByRole('gridcell', { name: 'beta' }).focus();
    skills = [row('aardvark'), ...THREE.filter(({ name }) => name !== 'alpha')];
    await heard(client, 'two');
    await waitFor(() => expect(cards()).toEqual(['aardvark', 'beta', 'gamma']));
    await heard(client, 'two');
    expect(called(client, 'skills.list')).toHaveLength(before + 1);
    expect(screen.getByText('1 skill selected')).toBeTruthy();
    const beta = screen.getByRole('gridcell', { name: 'beta' });
    expect(document.activeElement).toBe(beta);
    expect(beta.tabIndex).toBe(0);
  });

  it('that comes while the list is being read has it read once more, when it is whole', async () => {
    const waiting: (() => void)[] = [];
    const held = () => new Promise(resolve => waiting.push(() => resolve(listed(THREE))));
    const { client } = await show([], { 'skills.list': held });
    const reads = (): number => called(client, 'skills.list').length;
    const release = () => act(async () => waiting.splice(0).forEach(answer => answer()));
    await release();
    expect(cards()).toHaveLength(3);
    await heard(client, 'one');
    await heard(client, 'two');
    const before = reads();
    await heard(client, 'three');
    await heard(client, 'four');
    expect(reads()).toBe(before);
    await release();
    expect(reads()).toBe(before + 1);
    await release();
    expect(reads()).toBe(before + 1);
  });

  it('that a host does not give is not missed', async () => {
    const { client } = await show(THREE);
    act(() => client.fail('skills', { kind: 'invalid_request', message: 'There is no topic.', remedy: '' }));
    expect(cards()).toHaveLength(3);
    expect(screen.queryByText('There is no topic.')).toBeNull();
  });
});

describe('the keyboard', () => {
  const cell = (name: string): HTMLElement => screen.getByRole('gridcell', { name });
  const press = (key: string, more = {}): void => {
    fireEvent.keyDown(document.activeElement as HTMLElement, { key, ...more });
  };

  it('walks, selects and opens', async () => {
    const openSkill = vi.fn();
    await show(THREE, {}, { place: 'page', openSkill }, { layout: 'list' });
    expect(screen.getAllByRole('gridcell').map(({ tabIndex }) => tabIndex)).toEqual([0, -1, -1]);
    cell('alpha').focus();
    press('ArrowDown');
    expect(document.activeElement).toBe(cell('beta'));
    press(' ');
    press('ArrowDown', { shiftKey: true });
    expect(screen.getByText('2 skills selected')).toBeTruthy();
    press('Escape');
    expect(screen.queryByText(/selected/)).toBeNull();
    press('Enter');
    expect(openSkill).toHaveBeenCalledWith('gamma');
    press('a', { ctrlKey: true });
    expect(screen.getByText('3 skills selected')).toBeTruthy();
    press('/');
    expect(document.activeElement).toBe(screen.getByRole('searchbox'));
  });

  it('asks before it deletes, and the safe answer has the focus', async () => {
    const { client } = await show(THREE, {}, { place: 'page' }, { layout: 'list' });
    cell('alpha').focus();
    press('Delete');
    expect(screen.getByRole('alertdialog', { name: 'Delete alpha?' })).toBeTruthy();
    expect(document.activeElement?.textContent).toBe('Keep');
    press('Escape');
    expect(screen.queryByRole('alertdialog')).toBeNull();
    expect(called(client, 'skills.delete')).toEqual([]);
  });
});

describe('several at once', () => {
  it('get a tag that only those lose again which did not have it', async () => {
    const { client } = await show(THREE, { 'skills.update_tags': () => ({ tags: {} }) });
    ['alpha', 'beta'].forEach(pick);
    fireEvent.change(screen.getByLabelText('Tag to add'), { target: { value: ' SQL ' } });
    fireEvent.click(screen.getByRole('button', { name: 'Tag' }));
    await screen.findByText('1 skill tagged “sql”.');
    fireEvent.click(screen.getByRole('button', { name: 'Undo' }));
    await screen.findByText('Undone.');
    expect(called(client, 'skills.update_tags')).toEqual([
      { names: ['beta'], add: ['sql'] },
      { names: ['beta'], remove: ['sql'] }
    ]);
  });

  it('are deleted after a question, and come back from the trash each from its own entry', async () => {
    const { client } = await show(THREE, {
      'skills.delete': ({ name }) => ({ name, trash: `trash of ${String(name)}`, commit: null }),
      'skills.restore_deleted': () => ({})
    });
    ['alpha', 'gamma'].forEach(pick);
    fireEvent.click(screen.getByRole('button', { name: 'Delete' }));
    fireEvent.click(within(screen.getByRole('alertdialog')).getByRole('button', { name: 'Delete' }));
    await screen.findByText('2 skills moved to the trash.');
    fireEvent.click(screen.getByRole('button', { name: 'Undo' }));
    await screen.findByText('Undone.');
    expect(called(client, 'skills.restore_deleted')).toEqual([
      { name: 'alpha', trash: 'trash of alpha' },
      { name: 'gamma', trash: 'trash of gamma' }
    ]);
  });

  it('keep the way back when an earlier one has been gone meanwhile', async () => {
    let untagged: (reply: object) => void = () => undefined;
    await show(THREE, {
      'skills.update_tags': ({ remove }) =>
        remove ? new Promise<object>(resolve => (untagged = resolve)) : { tags: {} },
      'skills.delete': ({ name }) => ({ name, trash: 't', commit: null })
    });
    pick('beta');
    fireEvent.change(screen.getByLabelText('Tag to add'), { target: { value: 'sql' } });
    fireEvent.click(screen.getByRole('button', { name: 'Tag' }));
    await screen.findByText('1 skill tagged “sql”.');
    fireEvent.click(screen.getByRole('button', { name: 'Undo' }));
    fireEvent.click(screen.getByRole('button', { name: 'Delete' }));
    fireEvent.click(within(screen.getByRole('alertdialog')).getByRole('button', { name: 'Delete' }));
    await screen.findByText('beta moved to the trash.');
    await act(async () => untagged({ tags: {} }));
    expect(screen.getByText('beta moved to the trash.')).toBeTruthy();
    expect(screen.getByRole('button', { name: 'Undo' })).toBeTruthy();
  });

  it('say which of them failed, and the others can still come back', async () => {
    await show(THREE, {
      'skills.delete': ({ name }) => {
        if (name === 'beta') {
          throw new CallError({ kind: 'locked', message: 'beta is being edited.', remedy: 'Close it.' });
        }
        return { name, trash: 't', commit: null };
      }
    });
    ['alpha', 'beta', 'gamma'].forEach(pick);
    fireEvent.click(screen.getByRole('button', { name: 'Delete' }));
    fireEvent.click(within(screen.getByRole('alertdialog')).getByRole('button', { name: 'Delete' }));
    await screen.findByText('alpha moved to the trash.');
    expect(screen.getByText('beta is being edited.')).toBeTruthy();
    expect(screen.getByRole('button', { name: 'Undo' })).toBeTruthy();
  });
});

describe('a new skill', () => {
  const write = (label: string, value: string): void => {
    fireEvent.change(screen.getByLabelText(label), { target: { value } });
  };

  it('has its name looked at while it is typed, and is opened when it is made', async () => {
    const openSkill = vi.fn();
    const { client } = await show(
      THREE,
      {
        'skills.installed_names': () => ({ names: ['delta'], library: [], workspace: [] }),
        'skills.create': () => ({})
      },
      { place: 'page', openSkill }
    );
    fireEvent.click(screen.getByRole('button', { name: 'New skill' }));
    await act(async () => undefined);
    write('Name', 'delta');
    expect(screen.getByText(/There is a skill of this name/)).toBeTruthy();
    fireEvent.click(screen.getByRole('button', { name: 'Use “delta-2”' }));
    expect(screen.getByText('Its folder is delta-2/.')).toBeTruthy();
    write('Description', 'Does it.');
    fireEvent.change(screen.getByLabelText('Tags'), { target: { value: 'One' } });
    fireEvent.keyDown(screen.getByLabelText('Tags'), { key: 'Enter' });
    fireEvent.click(screen.getByRole('button', { name: 'Create' }));
    await waitFor(() => expect(openSkill).toHaveBeenCalledWith('delta-2'));
    expect(called(client, 'skills.create')).toEqual([
      { name: 'delta-2', purpose: 'domain', description: 'Does it.', tags: ['one'] }
    ]);
  });

  it('takes a name, a purpose and tags that its description proposes', async () => {
    const { client } = await show(THREE, {
      'skills.suggest': () => ({ name: 'load-orders', purpose: 'data-engineering', tags: ['etl'] })
    });
    fireEvent.click(screen.getByRole('button', { name: 'New skill' }));
    write('Description', 'Loads orders into the warehouse every night.');
    fireEvent.click(await screen.findByRole('button', { name: 'Take this' }));
    expect(screen.getByLabelText<HTMLInputElement>('Name').value).toBe('load-orders');
    expect(screen.getByLabelText<HTMLSelectElement>('Purpose').value).toBe('data-engineering');
    expect(screen.getByRole('button', { name: 'Take off etl' })).toBeTruthy();
    expect(called(client, 'skills.suggest')).toHaveLength(1);
  });

  it('that is refused keeps what was written', async () => {
    await show(THREE, {
      'skills.create': () => {
        throw new CallError({
          kind: 'exists',
          message: 'There is a folder named x already.',
          remedy: 'Another.'
        });
      }
    });
    fireEvent.click(screen.getByRole('button', { name: 'New skill' }));
    write('Name', 'x');
    write('Description', 'Does it.');
    fireEvent.click(screen.getByRole('button', { name: 'Create' }));
    await screen.findByText('There is a folder named x already.');
    expect(screen.getByLabelText<HTMLInputElement>('Name').value).toBe('x');
  });
});

describe('a skill that its last scan warned of', () => {
  const card = (name: string): HTMLElement => screen.getByRole('gridcell', { name });

  it('says so on its card, but for what the person has looked at and trusts', async () => {
    await show([
      row('bad', { verdict: 'dangerous', trust: 'trusted' }),
      row('odd', { verdict: 'review', trust: 'untrusted' }),
      row('known', { verdict: 'review', trust: 'trusted' })
    ]);
    expect(within(card('bad')).getByText('Dangerous')).toBeTruthy();
    expect(within(card('odd')).getByText('To be looked at')).toBeTruthy();
    expect(within(card('known')).queryByText('To be looked at')).toBeNull();
  });
});

describe('what has drifted apart', () => {
  const silent = {
    scenario: '5',
    skill: 'x',
    message: 'Its working folder was missing.',
    silent: true,
    skipped: false,
    choices: []
  };
  const left = {
    scenario: '9c',
    skill: 'left',
    message: "'left' is a skill that is not in the library.",
    silent: false,
    skipped: true,
    choices: ['add', 'remove', 'skip']
  };

  it('is mended without a word where nobody needs to be asked', async () => {
    const { client } = await show(THREE, {
      'workspace.reconcile': () => ({ findings: [silent], line: null }),
      'workspace.apply_reconcile': () => ({ applied: [silent], left: [] })
    });
    expect(called(client, 'workspace.apply_reconcile')).toEqual([{ silent_only: true }]);
    expect(screen.queryByText(/working folder/)).toBeNull();
    expect(screen.queryByRole('button', { name: 'Look…' })).toBeNull();
  });

  it('and was left once may still be decided about', async () => {
    const { client } = await show(THREE, {
      'workspace.reconcile': () => ({ findings: [left], line: null }),
      'workspace.apply_reconcile': () => ({ applied: [left], left: [] })
    });
    expect(called(client, 'workspace.apply_reconcile')).toEqual([]);
    fireEvent.click(screen.getByRole('button', { name: '1 folder is left out…' }));
    fireEvent.change(screen.getByLabelText('What to do with left'), { target: { value: 'add' } });
    fireEvent.click(screen.getByRole('button', { name: 'Apply' }));
    await waitFor(() =>
      expect(called(client, 'workspace.apply_reconcile')).toEqual([{ choices: { left: 'add' } }])
    );
  });

  it('is one line and a button; behind it each finding waits for a choice', async () => {
    const finding = {
      scenario: '9b',
      skill: 'stray',
      message: 'is a skill that the library does not know.',
      silent: false,
      choices: ['add', 'remove', 'skip']
    };
    const { client } = await show(THREE, {
      'workspace.reconcile': () => ({ findings: [finding], line: 'One folder needs a look.' }),
      'workspace.apply_reconcile': () => ({
        applied: [{ ...finding, message: 'stray was added.' }],
        left: []
      })
    });
    fireEvent.click(await screen.findByRole('button', { name: 'Look…' }));
    fireEvent.change(screen.getByLabelText('What to do with stray'), { target: { value: 'add' } });
    fireEvent.click(screen.getByRole('button', { name: 'Apply' }));
    await screen.findByText('stray was added.');
    expect(called(client, 'workspace.apply_reconcile')).toEqual([{ choices: { stray: 'add' } }]);
  });
});

describe('hostile skills', () => {
  it('are text: nothing of them becomes an element, and what hides is spelled out', async () => {
    const bad = '<img src=x onerror="window.__pwned=1">';
    const { container } = await show([
      row(`x${bad}`, { description: `\u202e${bad}`, tags: [bad], purpose: bad, path: bad }),
      row('__proto__', { tags: ['constructor'] })
    ]);
    expect(container.querySelector('img, script, iframe')).toBeNull();
    expect(screen.getByText(`\\u202e${bad}`)).toBeTruthy();
    expect(screen.getByRole('gridcell', { name: '__proto__' })).toBeTruthy();
  });
});
