import React from 'react';
import { act, fireEvent, render, screen, waitFor, within } from '@testing-library/react';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { CallError } from '../../client/client';
import type { ImportPlan } from '../../protocol';
import { FakeClient } from '../../testing/fake-client';
import { plan, planned } from '../../testing/plans';
import { row } from '../../testing/skills';
import type { Host } from '../host';
import { SkillsView } from '../skills/SkillsView';
import { ExchangeView } from './ExchangeView';

type Answers = ConstructorParameters<typeof FakeClient>[0];

beforeEach(() => {
  // jsdom lays nothing out.
  vi.spyOn(Element.prototype, 'clientHeight', 'get').mockReturnValue(800);
  vi.spyOn(Element.prototype, 'clientWidth', 'get').mockReturnValue(900);
});

const MIXED = plan([
  planned('good'),
  planned('mended', { status: 'repair', repairs: ['The description is quoted.'] }),
  planned(null, { status: 'ask', path: 'odd/SKILL.md', proposed: 'odd', description: 'Odd.' }),
  planned('mine', { status: 'ask', state: 'taken', proposed: 'mine-2' }),
  planned('silent', { status: 'ask', description: null }),
  planned('bad', { status: 'refuse', digest: null, reasons: ['It is no text.'] }),
  planned('risky', { scan: { verdict: 'dangerous', critical: 2, high: 1, medium: 0, low: 0 } }),
  planned('backup', { place: 'set-aside', path: 'old/backup/SKILL.md' }),
  planned('far', {
    place: 'remote',
    path: 'github:other/repo (far)',
    plugin: 'far',
    digest: null,
    status: 'ask'
  })
]);

const OUTCOME = {
  rows: [
    { path: 'skills/good/SKILL.md', name: 'good', status: 'imported', reason: null, digest: 'd' },
    { path: 'x/SKILL.md', name: 'x', status: 'refused', reason: 'It has changed.', digest: null }
  ],
  commit: 'c'
};

async function show(
  made: ImportPlan | NonNullable<Answers>,
  host: Host = { place: 'page' },
  more: object = {}
) {
  const answers: Answers =
    'rows' in made ? { 'skills.plan_import': () => made, 'skills.apply_import': () => OUTCOME } : made;
  const client = new FakeClient({ 'skills.cancel_import': () => ({ cancelled: true }), ...answers });
  const view = render(<ExchangeView client={client} params={{}} host={host} {...more} />);
  return { client, ...view };
}

const called = (client: FakeClient, name: string) =>
  client.calls.filter(call => call.name === name).map(({ params }) => params);

async function look(source = 'owner/repo'): Promise<void> {
  fireEvent.change(screen.getByLabelText('Where are the skills?'), { target: { value: source } });
  await act(async () => fireEvent.click(screen.getByRole('button', { name: 'Look' })));
}

const rows = (): (string | null)[] => screen.getAllByRole('row').map(each => each.getAttribute('aria-label'));
const rowOf = (name: string): HTMLElement => screen.getByRole('row', { name });
const tick = (name: string): void => {
  fireEvent.click(screen.getByRole('checkbox', { name: `Import ${name}` }));
};
const chosen = (): string | null => screen.getByRole('status').textContent;
const importButton = (): HTMLElement => screen.getByRole('button', { name: /^Import \d/ });

describe('a source', () => {
  it('is looked into, and its rows are grouped by place with what is chosen of each', async () => {
    const { client } = await show(MIXED);
    expect(document.activeElement).toBe(screen.getByLabelText('Where are the skills?'));
    await look();
    expect(called(client, 'skills.plan_import')).toEqual([
      { source: 'owner/repo', id: expect.stringMatching(/^[A-Za-z0-9_-]{1,64}$/) }
    ]);
    expect(rows()).toEqual([
      'Offered: 7, 3 chosen',
      'good',
      'mended',
      'no name',
      'mine',
      'silent',
      'bad',
      'risky',
      'Set aside: 1, 0 chosen',
      'Elsewhere: 1, 0 chosen',
      'far'
    ]);
    expect(screen.getByRole('heading', { name: /9 skills in github:owner\/repo/ })).toBe(
      document.activeElement
    );
    expect(screen.getByRole('checkbox', { name: 'Import bad' })).toHaveProperty('disabled', true);
    expect(within(rowOf('risky')).getByText('2 critical, 1 high')).toBeTruthy();
    expect(screen.getByText(/findings that look\s+dangerous/)).toBeTruthy();
  });

  it('of many skills is scanned while somebody chooses, and each finding is told when it is there', async () => {
    const late = plan([planned('late', { scan: null }), planned('here', { scan: null, state: 'same' })]);
    const scan = { verdict: 'dangerous', critical: 3, high: 0, medium: 0, low: 0 };
    const path = late.rows[0].path;
    const { client } = await show({
      'skills.plan_import': () => late,
      'skills.scan_import': () => ({ rows: [{ path, scan }] })
    });
    await look();
    expect(called(client, 'skills.scan_import')).toEqual([
      { plan: late.plan, source: late.source, paths: [path] }
    ]);
    expect(await within(rowOf('late')).findByText('3 critical')).toBeTruthy();
  });

  it('that is refused is told with its remedy, and what was written stays', async () => {
    const failure = { kind: 'not_found', message: 'There is no folder ./x.', remedy: 'See how it is spelt.' };
    await show({
      'skills.plan_import': () => {
        throw new CallError(failure);
      }
    });
    await look('./x');
    expect(screen.getByRole('alert').textContent).toBe('There is no folder ./x.See how it is spelt.');
    expect(screen.getByLabelText('Where are the skills?')).toHaveProperty('value', './x');
  });

  it('is watched while it comes, and given up when the person cancels', async () => {
    let fail: (error: Error) => void = () => undefined;
    const { client } = await show({
      'skills.plan_import': () => new Promise((_, reject) => (fail = reject))
    });
    await look();
    const { id } = called(client, 'skills.plan_import')[0];
    const event = { id, stage: 'downloading', done: 2_500_000, total: 10_000_000, unit: 'bytes' };
    act(() => client.reset('imports', [{ ...event, id: 'other', stage: 'writing' }, event]));
    expect(screen.getByRole('status').textContent).toBe('Downloading… owner/repo');
    expect(screen.getByText('2.5 MB of 10 MB')).toBeTruthy();
    expect(screen.getByRole('progressbar')).toHaveProperty('position', 0.25);
    fireEvent.click(screen.getByRole('button', { name: 'Cancel' }));
    expect(called(client, 'skills.cancel_import')).toEqual([{ id }]);
    await act(async () =>
      fail(
        new CallError({
          kind: 'refused',
          message: 'It was cancelled.',
          remedy: '',
          facts: { reason: 'cancelled' }
        })
      )
    );
    expect(screen.queryByRole('alert')).toBeNull();
    expect(screen.getByLabelText('Where are the skills?')).toHaveProperty('value', 'owner/repo');
    expect(client.following).toEqual([]);
  });

  it('is given up when the person goes away meanwhile', async () => {
    const { client, unmount } = await show({ 'skills.plan_import': () => new Promise(() => undefined) });
    await look();
    unmount();
    expect(called(client, 'skills.cancel_import')).toHaveLength(1);
  });

  it('that was dropped is sent along', async () => {
    const { client } = await show(MIXED);
    const file = new File(['PK!'], 'pack.skill');
    const place = screen.getByRole('region', { name: 'Import skills' });
    const dataTransfer = { types: ['Files'], files: [file], dropEffect: '' };
    fireEvent.dragEnter(place, { dataTransfer });
    expect(screen.getByText('Drop it to see what is in it.')).toBeTruthy();
    fireEvent.drop(place, { dataTransfer });
    await waitFor(() => expect(called(client, 'skills.plan_import')).toHaveLength(1));
    expect(called(client, 'skills.plan_import')[0]).toMatchObject({
      source: 'pack.skill',
      upload: { name: 'pack.skill', data: btoa('PK!') }
    });
    expect(await screen.findByRole('row', { name: 'good' })).toBeTruthy();
  });

  it('that is too large to be sent is told how to come', async () => {
    const file = new File(['x'], 'big.zip');
    Object.defineProperty(file, 'size', { value: 8 * 1024 * 1024 });
    const { client } = await show(MIXED, { place: 'page' }, { file });
    expect((await screen.findByRole('alert')).textContent).toContain('give its path');
    expect(called(client, 'skills.plan_import')).toEqual([]);
  });
});

describe('a plan', () => {
  it('waits for answers to what was chosen, and sends what was answered', async () => {
    const { client } = await show(MIXED);
    await look();
    tick('no name');
    tick('mine');
    tick('silent');
    expect(chosen()).toBe('6 chosen, 3 to be answered');
    expect(importButton().getAttribute('aria-disabled')).toBe('true');
    fireEvent.click(importButton());
    expect(called(client, 'skills.apply_import')).toEqual([]);
    fireEvent.click(within(rowOf('no name')).getByRole('button', { name: 'Use “odd”' }));
    fireEvent.click(within(rowOf('mine')).getByRole('radio', { name: /Keep both/ }));
    fireEvent.change(within(rowOf('silent')).getByLabelText('Description'), {
      target: { value: 'Is silent.' }
    });
    expect(within(rowOf('mine-2')).getByLabelText('Name')).toHaveProperty('value', 'mine-2');
    expect(chosen()).toBe('6 chosen');
    await act(async () => fireEvent.click(importButton()));
    const [{ plan: kept, source, rows: sent }] = called(client, 'skills.apply_import') as [
      { plan: string; source: string; rows: object[] }
    ];
    expect([kept, source]).toEqual(['p1', 'owner/repo']);
    expect(sent).toEqual([
      { path: 'skills/good/SKILL.md', digest: 'digest of good' },
      { path: 'skills/mended/SKILL.md', digest: 'digest of mended' },
      { path: 'odd/SKILL.md', digest: 'digest of null', name: 'odd' },
      { path: 'skills/mine/SKILL.md', digest: 'digest of mine', name: 'mine-2', taken: 'keep_both' },
      { path: 'skills/silent/SKILL.md', digest: 'digest of silent', description: 'Is silent.' },
      { path: 'skills/risky/SKILL.md', digest: 'digest of risky' }
    ]);
  });

  it('takes one answer for all that wait for it', async () => {
    await show(MIXED);
    await look();
    fireEvent.click(screen.getByRole('checkbox', { name: 'Choose all of: Offered' }));
    const bulk = within(screen.getByRole('group', { name: 'Open questions' }));
    fireEvent.click(bulk.getByRole('button', { name: 'Use the proposed names (1)' }));
    fireEvent.click(bulk.getByRole('button', { name: 'Replace (1)' }));
    fireEvent.click(bulk.getByRole('button', { name: 'Leave them out' }));
    expect(chosen()).toBe('5 chosen');
    expect(importButton().getAttribute('aria-disabled')).toBe('false');
  });

  it('is narrowed and searched; choosing all takes only what is shown', async () => {
    await show(MIXED);
    await look();
    fireEvent.click(screen.getByRole('radio', { name: /^Repaired/ }));
    expect(rows()).toEqual(['Offered: 1, 1 chosen', 'mended']);
    fireEvent.click(screen.getByRole('checkbox', { name: 'Choose all of: Offered' }));
    fireEvent.click(screen.getByRole('radio', { name: /^All/ }));
    fireEvent.change(screen.getByRole('searchbox'), { target: { value: 'backup' } });
    expect(rows()).toEqual(['Set aside: 1, 0 chosen', 'backup']);
    expect(chosen()).toBe('2 chosen');
    fireEvent.change(screen.getByRole('searchbox'), { target: { value: 'nothing at all' } });
    expect(screen.getByText('No row matches.')).toBeTruthy();
  });

  it('is walked through and chosen from by keys alone', async () => {
    await show(MIXED);
    await look();
    const key = (name: string, more = {}): void => {
      fireEvent.keyDown(document.activeElement as Element, { key: name, ...more });
    };
    const at = (): string | null | undefined => document.activeElement?.getAttribute('aria-label');
    act(() => screen.getAllByRole('row')[0].focus());
    key('ArrowDown');
    expect(at()).toBe('good');
    key(' ');
    expect(rowOf('good').getAttribute('aria-selected')).toBe('false');
    key('ArrowRight');
    expect(rowOf('good').getAttribute('aria-expanded')).toBe('true');
    expect(within(rowOf('good')).getByText('1 file, 1.2 kB')).toBeTruthy();
    key('ArrowLeft');
    key('ArrowDown');
    key('ArrowDown');
    key(' ');
    const box = within(rowOf('no name')).getByLabelText('Name');
    act(() => box.focus());
    key(' ');
    expect(rowOf('no name').getAttribute('aria-selected')).toBe('true');
    key('Escape');
    expect(at()).toBe('no name');
    key('Home');
    key('ArrowLeft');
    expect(screen.queryByRole('row', { name: 'good' })).toBeNull();
    key('a', { ctrlKey: true });
    expect(chosen()).toMatch(/^7 chosen/);
    expect(screen.getAllByRole('row').filter(each => each.tabIndex === 0)).toHaveLength(1);
  });

  it('asks nothing about what cannot come', async () => {
    await show(
      plan([planned(null, { status: 'refuse', digest: null, description: null, path: 'x/SKILL.md' })])
    );
    await look();
    fireEvent.click(screen.getByRole('button', { name: 'More about no name' }));
    expect(screen.queryByLabelText('Name')).toBeNull();
    expect(screen.getByText('Found by')).toBeTruthy();
  });

  it('of three thousand skills makes only the rows in sight', async () => {
    await show(plan(Array.from({ length: 3000 }, (_, i) => planned(`s-${i}`))));
    await look();
    expect(chosen()).toBe('3,000 chosen');
    expect(screen.getAllByRole('row').length).toBeLessThan(40);
  });

  it('leads to a source that lies elsewhere', async () => {
    const { client } = await show(MIXED);
    await look();
    fireEvent.click(within(rowOf('far')).getByRole('button', { name: 'More about far' }));
    await act(async () => fireEvent.click(screen.getByRole('button', { name: 'Look into that source' })));
    expect(called(client, 'skills.plan_import')[1]).toMatchObject({ source: 'github:other/repo' });
  });

  it('shows names that would deceive as what they are', async () => {
    const name = '<img src=x onerror=alert(1)>\u202egpj';
    await show(plan([planned(name, { status: 'ask', reasons: ['\u202e<b>why</b>'] })]));
    await look();
    expect(rows()[1]).toBe('<img src=x onerror=alert(1)>\\u202egpj');
    expect(document.querySelector('.wb-offers img, .wb-offers b b')).toBeNull();
  });
});

describe('what came in', () => {
  it('is listed with the way to each skill, and what stayed out with its reason', async () => {
    const openSkill = vi.fn();
    await show(MIXED, { place: 'page', openSkill });
    await look();
    await act(async () => fireEvent.click(importButton()));
    expect(screen.getByRole('heading', { name: '1 skill came in.' })).toBe(document.activeElement);
    expect(
      within(screen.getByRole('region', { name: 'left out' })).getByText('It has changed.')
    ).toBeTruthy();
    fireEvent.click(screen.getByRole('button', { name: 'good' }));
    expect(openSkill).toHaveBeenCalledWith('good');
    fireEvent.click(screen.getByRole('button', { name: 'Import more' }));
    expect(screen.getByLabelText('Where are the skills?')).toBeTruthy();
  });

  it('may be a part, when it is cancelled while it is written', async () => {
    await show({
      'skills.plan_import': () => MIXED,
      'skills.apply_import': () => {
        const facts = { reason: 'cancelled' };
        throw new CallError({
          kind: 'refused',
          message: 'Cancelled.',
          remedy: 'Nothing was changed.',
          facts
        });
      }
    });
    await look();
    await act(async () => fireEvent.click(importButton()));
    expect(screen.getByRole('alert').textContent).toContain('What had come in by then is in the library.');
  });

  it('keeps the plan and its answers when it fails', async () => {
    await show({
      'skills.plan_import': () => MIXED,
      'skills.apply_import': () => {
        throw new CallError({ kind: 'refused', message: 'The library is busy.', remedy: 'Try again.' });
      }
    });
    await look();
    tick('good');
    await act(async () => fireEvent.click(importButton()));
    expect(screen.getByRole('alert').textContent).toContain('The library is busy.');
    expect(chosen()).toBe('2 chosen');
  });
});

describe('the library', () => {
  it('opens the import in its place, from a button or from a file that is dropped on it, and comes back', async () => {
    const client = new FakeClient({
      'skills.list': () => ({ skills: [row('mine')], deleted: [], total: 1, facets: {}, next_cursor: null }),
      'skills.plan_import': () => MIXED
    });
    render(<SkillsView client={client} params={{}} host={{ place: 'page' }} />);
    await act(async () => undefined);
    fireEvent.click(screen.getByRole('button', { name: 'Import…' }));
    expect(screen.queryByRole('region', { name: 'Skills' })).toBeNull();
    fireEvent.click(screen.getByRole('button', { name: 'Back' }));
    const dataTransfer = { types: ['Files'], files: [new File(['PK!'], 'pack.zip')], dropEffect: '' };
    const library = screen.getByRole('region', { name: 'Skills' });
    fireEvent.dragOver(library, { dataTransfer: { ...dataTransfer, types: ['text/plain'] } });
    expect(dataTransfer.dropEffect).toBe('');
    fireEvent.drop(library, { dataTransfer });
    expect(await screen.findByRole('heading', { name: /9 skills in/ })).toBeTruthy();
    expect(called(client, 'skills.plan_import')).toMatchObject([{ upload: { name: 'pack.zip' } }]);
  });
});
