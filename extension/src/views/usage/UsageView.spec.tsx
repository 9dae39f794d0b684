import { act, fireEvent, render, screen, within } from '@testing-library/react';
import React from 'react';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { CallError } from '../../client/client';
import { FakeClient } from '../../testing/fake-client';
import { later } from '../../testing/later';
import type { Host } from '../host';
import * as exports from './exports';
import { UsageView } from './UsageView';

const tokens = (n: number) => ({
  samplings: n,
  input_tokens: n * 10,
  output_tokens: n * 20,
  cache_creation_tokens: n * 30,
  cache_read_tokens: n * 40,
  reasoning_tokens: 0,
  total_tokens: n * 100
});

const bucket = (key: string, n: number, cost: string | null = String(n)) => ({
  key,
  ...tokens(n),
  total_cost: cost,
  models: ['claude-opus-5'],
  breakdown: [{ model: 'claude-opus-5', provider: 'anthropic', ...tokens(n), cost, unpriced: cost === null }]
});

const report = (rows: ReturnType<typeof bucket>[], unpriced: string[] = []) => ({
  rows,
  totals: bucket(
    'total',
    rows.reduce((sum, row) => sum + row.samplings, 0)
  ),
  unpriced,
  timezone: 'UTC',
  mode: 'auto',
  note: 'An estimate; a subscription is not billed by it.'
});

const SESSION = {
  ...bucket('s-1', 3),
  session: 's-1',
  provider: 'anthropic',
  project: '/home/u/atlas',
  first: '2026-11-20T10:00:00Z',
  last: '2026-11-20T11:00:00Z',
  skills: ['haiku'],
  sidechain_tokens: 0,
  workbench_session: 'own-1'
};

const SAMPLING = {
  id: 7,
  ts: '2026-11-20T10:00:00Z',
  model: 'claude-opus-5',
  provider: 'anthropic',
  ...tokens(1),
  cost: '0.25',
  skill: 'haiku',
  agent: null,
  path: '/home/u/.claude/projects/-atlas/s-1.jsonl',
  off: 4096
};

const answers = () => ({
  'usage.import': () => ({}),
  'usage.daily': ({ skill }: { [name: string]: unknown }) =>
    skill ? report([bucket('2026-11-20', 2)]) : report([bucket('2026-11-20', 7), bucket('2026-11-21', 5)]),
  'usage.models': () => report([bucket('claude-opus-5', 12)]),
  'usage.by_project': () => report([bucket('/home/u/atlas', 12)]),
  'usage.by_skill': () => report([bucket('haiku', 9), bucket('(none)', 3)]),
  'usage.sessions': () => ({
    ...report([]),
    rows: [SESSION, { ...SESSION, session: 's-2', workbench_session: null, total_cost: '9' }],
    next_cursor: null
  }),
  'usage.session_samplings': () => ({ samplings: [SAMPLING] }),
  'usage.blocks': () => ({ blocks: [], note: '' }),
  'usage.cache': () => ({ hit_rate: 0.5, saved: '1.5', rebuilds: [] }),
  'usage.limits': () => ({ limits: [] }),
  'usage.budgets': () => ({ budgets: [] }),
  'usage.import_report': () => ({
    report: null,
    skipped: 0,
    skips: [],
    unreadable: [],
    unpriced: [],
    reconciliation: []
  }),
  'usage.chart': () => ({ spec: { mark: 'bar' }, note: '' })
});

type Answers = ConstructorParameters<typeof FakeClient>[0];

async function shown(
  more: Partial<Record<string, unknown>> = {},
  host: Host = { place: 'page' },
  params = {}
) {
  const client = new FakeClient({ ...answers(), ...more } as Answers);
  await act(async () => {
    render(<UsageView client={client} params={{ timezone: 'UTC', ...params }} host={host} />);
  });
  return client;
}

const card = (title: string): HTMLElement =>
  screen.getByText(title, { selector: 'dt' }).parentElement as HTMLElement;
const asked = (client: FakeClient, name: string) =>
  client.calls.filter(call => call.name === name).map(({ params }) => params);
const press = async (target: HTMLElement, key: string): Promise<void> => {
  await act(async () => void fireEvent.keyDown(target, { key }));
};
const click = async (target: HTMLElement): Promise<void> => {
  await act(async () => void fireEvent.click(target));
};

beforeEach(() => {
  vi.setSystemTime('2026-11-21T12:00:00Z');
  return () => vi.useRealTimers();
});

describe('the dashboard', () => {
  it('shows what the days amount to, and says it to who does not see it', async () => {
    await shown();
    expect(within(card('Cost')).getByText('$12.00')).toBeTruthy();
    expect(within(card('Responses')).getByText('12')).toBeTruthy();
    expect(within(card('Cache hit rate')).getByText('50 %')).toBeTruthy();
    expect(screen.getByRole('status').textContent).toBe(
      '23 Oct – 21 Nov 2026: $12.00 as an estimate, 1.2k tokens, 12 responses.'
    );
  });

  it('says what its money is', async () => {
    await shown();
    expect(screen.getByLabelText(/^API-equivalent estimate. An estimate; a subscription/)).toBeTruthy();
  });

  it('imports once, asks for reports without importing, and asks again when an import has news', async () => {
    const client = await shown();
    expect(asked(client, 'usage.import')).toHaveLength(1);
    expect(client.calls.filter(({ params }) => params.refresh === true)).toEqual([]);
    const before = asked(client, 'usage.sessions').length;
    await act(async () => client.reset('usage', [{ state: 'idle', version: 1 }]));
    expect(asked(client, 'usage.sessions')).toHaveLength(before);
    await act(async () => client.reset('usage', [{ state: 'idle', version: 2 }]));
    expect(asked(client, 'usage.sessions')).toHaveLength(before + 1);
    expect(asked(client, 'usage.import')).toHaveLength(1);
  });

  it('shows how far an import is', async () => {
    const client = await shown({ 'usage.import': () => new Promise(() => undefined) });
    await act(async () =>
      client.reset('usage', [{ state: 'importing', done_bytes: 1e6, total_bytes: 4e6, version: 1 }])
    );
    const bar = screen.getByRole('progressbar') as HTMLProgressElement;
    expect([bar.value, bar.max]).toEqual([1e6, 4e6]);
    expect(screen.getByText('Reading transcripts: 1.0 MB of 4.0 MB')).toBeTruthy();
  });
});

describe('a filter', () => {
  it('changes the figures, is a chip with the focus, and goes again', async () => {
    const client = await shown();
    const select = screen.getByLabelText('Filter by skill');
    await act(async () => void fireEvent.change(select, { target: { value: 'haiku' } }));
    expect(asked(client, 'usage.sessions').pop()).toMatchObject({ skill: 'haiku' });
    expect(within(card('Cost')).getByText('$2.00')).toBeTruthy();
    const chip = screen.getByRole('button', { name: 'Remove the filter Skill: haiku' });
    expect(document.activeElement).toBe(chip);
    await click(chip);
    expect(document.activeElement).toBe(screen.getByLabelText('Filter by skill'));
    expect(within(card('Cost')).getByText('$12.00')).toBeTruthy();
  });

  it('is set by a name in a table', async () => {
    const client = await shown();
    await click(screen.getByRole('button', { name: 'atlas' }));
    expect(asked(client, 'usage.daily').pop()).toMatchObject({ project: '/home/u/atlas' });
  });

  it('is remembered by a tab, and not written into a notebook', async () => {
    const keep = vi.fn();
    await shown({}, { place: 'page', keep });
    await click(screen.getByLabelText('7 days'));
    expect(keep).toHaveBeenCalledWith({ view: 'usage', params: expect.objectContaining({ range: '7d' }) });
    document.body.replaceChildren();
    const write = vi.fn();
    await shown({}, { place: 'cell', keep: write });
    await click(screen.getByLabelText('7 days'));
    expect(write).not.toHaveBeenCalled();
  });
});

describe('the time zone', () => {
  it('is taken when it is one, and put back when it is not', async () => {
    const client = await shown();
    const box = screen.getByLabelText('Time zone') as HTMLInputElement;
    fireEvent.change(box, { target: { value: 'Asia/Tokyo' } });
    await press(box, 'Enter');
    expect(asked(client, 'usage.daily').some(({ timezone }) => timezone === 'Asia/Tokyo')).toBe(true);
    fireEvent.change(box, { target: { value: 'Mars/Base' } });
    expect(box.getAttribute('aria-invalid')).toBe('true');
    await act(async () => void fireEvent.blur(box));
    expect(box.value).toBe('Asia/Tokyo');
  });
});

describe('the sessions', () => {
  const table = () => screen.getByRole('table', { name: /^Sessions/ });
  const rows = () => within(table()).getAllByRole('button', { expanded: false });

  it('are sorted by their headers, which say so', async () => {
    await shown();
    const cost = within(table()).getByRole('columnheader', { name: 'Cost (USD)' });
    expect(cost.getAttribute('aria-sort')).toBe('none');
    await click(within(cost).getByRole('button'));
    expect(cost.getAttribute('aria-sort')).toBe('descending');
    expect(within(table()).getAllByRole('row')[1].textContent).toContain('$9.00');
  });

  it('are one stop of the Tab key, walked through with the arrows', async () => {
    await shown();
    const [first, second] = rows();
    expect([first.tabIndex, second.tabIndex]).toEqual([0, -1]);
    act(() => first.focus());
    await press(first, 'ArrowDown');
    expect(document.activeElement).toBe(second);
    expect([first.tabIndex, second.tabIndex]).toEqual([-1, 0]);
  });

  it('open to their responses with file and offset, and to the transcript of a session of our own', async () => {
    const openSession = vi.fn();
    await shown({}, { place: 'page', openSession });
    await click(rows()[0]);
    expect(screen.getByText(SAMPLING.path)).toBeTruthy();
    expect(screen.getByText('4096')).toBeTruthy();
    await click(screen.getByRole('button', { name: 'Open the transcript' }));
    expect(openSession).toHaveBeenCalledWith('own-1', 'atlas');
  });

  it('of a vendor have no transcript to open', async () => {
    await shown({}, { place: 'page', openSession: vi.fn() });
    await click(rows()[1]);
    expect(screen.queryByRole('button', { name: 'Open the transcript' })).toBeNull();
  });

  describe('that are older', () => {
    const page = (session: string, next_cursor: string | null) => ({
      ...report([]),
      rows: [{ ...SESSION, session }],
      next_cursor
    });
    const more = () => screen.getByRole('button', { name: 'Show older sessions' });
    const filter = () =>
      act(
        async () =>
          void fireEvent.change(screen.getByLabelText('Filter by skill'), { target: { value: 'haiku' } })
      );

    it('come below, until there are no more', async () => {
      const client = await shown({
        'usage.sessions': ({ cursor }: { [name: string]: unknown }) =>
          cursor ? page('older', null) : page('newer', 'next')
      });
      await click(more());
      expect(asked(client, 'usage.sessions').pop()).toMatchObject({ cursor: 'next' });
      expect(within(table()).getByText('newer')).toBeTruthy();
      expect(within(table()).getByText('older')).toBeTruthy();
      expect(screen.queryByRole('button', { name: 'Show older sessions' })).toBeNull();
    });

    it('are left out where they answer an earlier question', async () => {
      const older = later();
      const client = await shown({
        'usage.sessions': ({ cursor, skill }: { [name: string]: unknown }) =>
          cursor === 'next'
            ? older.answer
            : cursor
              ? page('older of it', null)
              : skill
                ? page('filtered', 'next of it')
                : page('newer', 'next')
      });
      await click(more());
      await filter();
      await act(async () => older.come(page('older', 'after that')));
      expect(within(table()).getByText('filtered')).toBeTruthy();
      expect(within(table()).queryByText('older')).toBeNull();
      await click(more());
      expect(asked(client, 'usage.sessions').pop()).toMatchObject({ skill: 'haiku', cursor: 'next of it' });
    });

    it('are not asked for below what answers an earlier question', async () => {
      const first = later();
      const client = await shown({
        'usage.sessions': ({ skill }: { [name: string]: unknown }) =>
          skill ? first.answer : page('newer', 'next')
      });
      await filter();
      expect(more().getAttribute('aria-disabled')).toBe('true');
      await click(more());
      expect(asked(client, 'usage.sessions').filter(({ cursor }) => cursor)).toEqual([]);
      await act(async () => first.come(page('filtered', 'next of it')));
      expect(more().getAttribute('aria-disabled')).toBe('false');
    });
  });

  it('are given as a file', async () => {
    const save = vi.spyOn(exports, 'save').mockImplementation(() => undefined);
    const made = vi.spyOn(exports, 'saveCsv').mockImplementation(() => undefined);
    await shown();
    await click(screen.getByRole('button', { name: 'Sessions: download as CSV' }));
    expect(made.mock.calls[0][0]).toBe('workbench-usage-sessions-2026-10-23-2026-11-21.csv');
    expect(made.mock.calls[0][1].split('\r\n')).toHaveLength(4);
    expect(save).not.toHaveBeenCalled();
  });
});

describe('what goes wrong', () => {
  it('is a sentence with a remedy and a way to try again', async () => {
    const failing = { kind: 'busy', message: 'The database is busy.', remedy: 'Try again.' };
    let broken = true;
    await shown({
      'usage.daily': () => {
        if (broken) {
          throw new CallError(failing);
        }
        return answers()['usage.daily']({});
      }
    });
    expect(screen.getByRole('alert').textContent).toContain('The database is busy.');
    broken = false;
    await click(screen.getByRole('button', { name: 'Try again' }));
    expect(screen.queryByRole('alert')).toBeNull();
    expect(within(card('Cost')).getByText('$12.00')).toBeTruthy();
  });

  it('with the import leaves the old figures in sight', async () => {
    await shown({
      'usage.import': () => {
        throw new CallError({ kind: 'busy', message: 'Another import runs.', remedy: 'Wait.' });
      }
    });
    expect(screen.getByRole('alert').textContent).toContain('Another import runs.');
    expect(within(card('Cost')).getByText('$12.00')).toBeTruthy();
  });

  it('with charts leaves their tables', async () => {
    vi.spyOn(HTMLElement.prototype, 'clientWidth', 'get').mockReturnValue(640);
    await shown({}, { place: 'page', charts: () => Promise.reject(new Error('offline')) });
    expect(screen.getAllByRole('alert')[0].textContent).toContain('This chart cannot be drawn: offline');
    expect(screen.getAllByRole('table').length).toBeGreaterThan(1);
  });
});

describe('notices', () => {
  it('name models without a price, count what was skipped, and lead to the report', async () => {
    await shown({
      'usage.daily': () => report([bucket('2026-11-20', 2, null)], ['gpt-9']),
      'usage.import_report': () => ({
        report: null,
        skipped: 2,
        skips: [{ path: '/t/a.jsonl', line: 12, off: 0, why: 'a token count is text' }],
        unreadable: [],
        unpriced: [],
        reconciliation: []
      })
    });
    const notices = screen.getByLabelText('Notices');
    expect(notices.textContent).toContain('No price is known for gpt-9');
    expect(notices.textContent).toContain('2 rows of transcripts could not be counted.');
    await click(within(notices).getByRole('button', { name: 'Show the import report' }));
    expect(within(notices).getByText('a token count is text')).toBeTruthy();
  });
});

describe('when there is nothing', () => {
  it('at all, it says where it looked and how to point it elsewhere', async () => {
    await shown({ 'usage.daily': () => report([]) });
    expect(screen.getByText('No usage has been found yet.')).toBeTruthy();
    expect(screen.getByText('CLAUDE_CONFIG_DIR')).toBeTruthy();
  });

  it('in these days, it says only that', async () => {
    await shown({
      'usage.daily': ({ since }: { since?: string }) => report(since ? [] : [bucket('2025-01-01', 1)])
    });
    expect(screen.getByText(/^Nothing was used in these days/)).toBeTruthy();
    expect(screen.queryByText('No usage has been found yet.')).toBeNull();
  });

  it('yet, it says that the transcripts are being read', async () => {
    await shown({ 'usage.daily': () => report([]), 'usage.import': () => new Promise(() => undefined) });
    expect(
      screen.getByText('The transcripts on this machine are being read for the first time.')
    ).toBeTruthy();
  });
});

describe('a budget', () => {
  it('is a bar that says how much of it is used', async () => {
    await shown({
      'usage.budgets': () => ({
        budgets: [
          {
            period: 'day',
            since: '2026-11-21',
            spent: '4',
            limit: '5',
            share: 0.8,
            level: 'near',
            unpriced: []
          },
          {
            period: 'month',
            since: '2026-11-01',
            spent: '4',
            limit: null,
            share: null,
            level: 'none',
            unpriced: []
          }
        ]
      })
    });
    const bar = screen.getByRole('meter');
    expect(bar.getAttribute('aria-valuenow')).toBe('80');
    expect(bar.getAttribute('data-level')).toBe('near');
  });
});
