import React from 'react';
import { act, fireEvent, render, screen, within } from '@testing-library/react';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { CallError } from '../../client/client';
import type { Market, MarketRow, PlanRow, Registry, Update } from '../../protocol';
import { FakeClient } from '../../testing/fake-client';
import { later } from '../../testing/later';
import { plan, planned } from '../../testing/plans';
import type { Host } from '../host';
import { MarketplaceView } from './MarketplaceView';

type Answers = ConstructorParameters<typeof FakeClient>[0];

beforeEach(() => {
  // jsdom lays nothing out.
  vi.spyOn(Element.prototype, 'clientHeight', 'get').mockReturnValue(800);
  vi.spyOn(Element.prototype, 'clientWidth', 'get').mockReturnValue(900);
});

const BUILTIN: Registry = { name: 'built', url: 'owner/built', enabled: true, builtin: true };
const MINE: Registry = { name: 'mine', url: 'https://x.test', enabled: false, builtin: false };

const marketRow = (row: PlanRow, more: Partial<MarketRow> = {}): MarketRow => ({
  path: row.path,
  status: 'not_installed',
  version: '1.1',
  installed: null,
  installed_version: null,
  ...more
});

function market(): Market {
  const rows = [
    planned('fresh'),
    planned('newer', { state: 'update', proposed: 'ours' }),
    planned('kept', { state: 'customised', proposed: 'kept' }),
    planned('same', { state: 'same' })
  ];
  return {
    registry: BUILTIN,
    plan: plan(rows),
    rows: [
      marketRow(rows[0]),
      marketRow(rows[1], { status: 'update_available', installed: 'ours', installed_version: '1.0' }),
      marketRow(rows[2], { status: 'customised', installed: 'kept' }),
      marketRow(rows[3], { status: 'up_to_date', installed: 'same' })
    ]
  };
}

const newer = (name: string, more: Partial<Update> = {}): Update => ({
  name,
  registry: 'library',
  source: 'github:owner/built',
  path: `skills/${name}/SKILL.md`,
  status: 'update_available',
  update: true,
  installed_version: '1.0',
  version: '1.1',
  new_findings: [],
  applied: false,
  reason: null,
  ...more
});

async function show(answers: Answers = {}, host: Host = { place: 'page' }, params = {}) {
  const client = new FakeClient({
    'registries.list': () => ({ registries: [BUILTIN, MINE] }),
    'registries.browse': market,
    ...answers
  });
  const view = render(<MarketplaceView client={client} params={params} host={host} />);
  await act(async () => undefined);
  return { client, ...view };
}

const called = (client: FakeClient, name: string) =>
  client.calls.filter(call => call.name === name).map(({ params }) => params);
const press = async (name: string | RegExp): Promise<void> => {
  await act(async () => fireEvent.click(screen.getByRole('button', { name })));
};

describe('marketplaces', () => {
  it('are listed; the built-in one can be switched off, not forgotten', async () => {
    const { client } = await show({
      'registries.enable': () => ({ registries: [{ ...BUILTIN, enabled: false }, MINE] }),
      'registries.remove': () => ({ registries: [BUILTIN] })
    });
    expect(screen.queryByRole('button', { name: 'Forget built' })).toBeNull();
    await act(async () => fireEvent.click(screen.getByRole('checkbox', { name: 'Browse built' })));
    expect(called(client, 'registries.enable')).toEqual([{ name: 'built', enabled: false }]);
    expect(screen.getByRole('button', { name: 'Open built' }).getAttribute('aria-disabled')).toBe('true');
    await press('Forget mine');
    expect(called(client, 'registries.remove')).toEqual([]);
    await press('Forget mine for good');
    expect(screen.queryByText('mine')).toBeNull();
  });

  it('are changed one after the other, and say when another cannot be', async () => {
    const first = later();
    const { client } = await show({
      'registries.enable': ({ name }) => (name === 'built' ? first.answer : { registries: [BUILTIN, MINE] })
    });
    const turn = (name: string) => screen.getByRole('checkbox', { name: `Browse ${name}` });
    await press('Forget mine');
    await act(async () => fireEvent.click(turn('built')));
    for (const each of [turn('mine'), screen.getByRole('button', { name: 'Forget mine for good' })]) {
      expect(each.getAttribute('aria-disabled')).toBe('true');
      await act(async () => fireEvent.click(each));
    }
    expect(called(client, 'registries.enable')).toHaveLength(1);
    await act(async () => first.come({ registries: [{ ...BUILTIN, enabled: false }, MINE] }));
    expect(turn('mine').getAttribute('aria-disabled')).toBe('false');
    await act(async () => fireEvent.click(turn('mine')));
    expect(called(client, 'registries.enable')[1]).toEqual({ name: 'mine', enabled: true });
  });

  it('are tried, and say in words what is wrong', async () => {
    await show({
      'registries.test': () => ({
        rows: [
          {
            name: 'mine',
            ok: false,
            message: 'No \u202e answer.',
            remedy: 'Look.',
            entries: null,
            duration_ms: 1
          }
        ]
      })
    });
    await press('Test mine');
    expect(screen.getByRole('status').textContent).toBe('No \\u202e answer. Look.');
  });

  it('are added after a look at their catalogue; one without is told', async () => {
    const failure = { kind: 'refused', message: 'It has no catalogue.', remedy: 'Import it instead.' };
    const { client } = await show({
      'registries.add': () => {
        throw new CallError(failure);
      }
    });
    fireEvent.change(screen.getByLabelText('Address of the marketplace'), { target: { value: ' owner/x ' } });
    await press('Add');
    expect(called(client, 'registries.add')).toEqual([{ url: 'owner/x', id: expect.any(String) }]);
    expect(screen.getByRole('alert').textContent).toBe('It has no catalogue.Import it instead.');
  });
});

describe('what a marketplace offers', () => {
  it('is browsed with how it stands to the library; only what is newer is chosen at first', async () => {
    const keep = vi.fn();
    const { client } = await show(
      { 'registries.import': () => ({ rows: [], commit: null }) },
      { place: 'page', keep }
    );
    await press('Open built');
    expect(keep).toHaveBeenLastCalledWith({ view: 'marketplace', params: { registry: 'built' } });
    expect(screen.getByRole('status').textContent).toBe('1 chosen');
    const line = screen.getByRole('row', { name: 'ours' });
    expect(within(line).getByText('Update')).toBeTruthy();
    fireEvent.click(within(line).getByRole('button', { name: 'More about ours' }));
    expect(within(line).getByText('ours, version 1.0')).toBeTruthy();
    expect(screen.getByRole('checkbox', { name: 'Import same' })).toHaveProperty('disabled', true);
    fireEvent.click(screen.getByRole('checkbox', { name: 'Import fresh' }));
    await press('Import 2 skills');
    expect(called(client, 'registries.import')).toEqual([
      {
        name: 'built',
        plan: 'p1',
        rows: [
          { path: 'skills/fresh/SKILL.md', digest: 'digest of fresh' },
          { path: 'skills/newer/SKILL.md', digest: 'digest of newer' }
        ],
        id: expect.any(String)
      }
    ]);
    await press('Marketplaces');
    expect(screen.getByRole('list', { name: 'Marketplaces' })).toBeTruthy();
  });

  it('is browsed at once where the place says which', async () => {
    const { client } = await show({}, { place: 'page' }, { registry: 'built' });
    expect(called(client, 'registries.browse')).toMatchObject([{ name: 'built' }]);
    expect(screen.getByRole('heading', { name: 'built' })).toBeTruthy();
  });
});

describe('updates', () => {
  it('are looked for and taken; what a scan finds new is told and not chosen', async () => {
    const found = [{ rule: 'x', severity: 'high', file: 'run.sh', message: 'It sends files away.' }];
    const rows = [
      newer('plain-one'),
      newer('risky', { new_findings: found }),
      newer('kept', { status: 'customised' }),
      newer('lost', { status: 'gone', reason: 'It has been taken away.' }),
      newer('agents', { registry: 'workspace' }),
      newer('fine', { status: 'up_to_date', update: false })
    ];
    const { client } = await show({
      'registries.updates': ({ names }) =>
        names
          ? { rows: [newer('plain-one', { applied: true, status: 'up_to_date' })], commit: 'c' }
          : { rows, commit: null }
    });
    await press('Check for updates');
    expect(screen.getByRole('heading', { name: '2 updates available' })).toBe(document.activeElement);
    expect(screen.getByText('It has been taken away.')).toBeTruthy();
    expect(screen.getByText(/It sends files away/)).toBeTruthy();
    expect(screen.queryByRole('checkbox', { name: 'Update fine' })).toBeNull();
    for (const name of ['kept', 'lost', 'agents']) {
      expect(screen.getByRole('checkbox', { name: `Update ${name}` })).toHaveProperty('disabled', true);
    }
    expect(screen.getByRole('checkbox', { name: 'Update risky' })).toHaveProperty('checked', false);
    await press('Update 1 skill');
    expect(called(client, 'registries.updates')[1]).toMatchObject({ names: ['plain-one'], apply: true });
    expect(screen.getByText('Updated')).toBeTruthy();
    expect(screen.getByRole('heading', { name: '1 update available' })).toBeTruthy();
  });
});
