import { CommandRegistry } from '@lumino/commands';
import { act } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';
import { FakeClient } from '../testing/fake-client';
import type { Budget } from '../views/usage/budget';
import { CommandIds } from './ids';
import { paramsIn, usagePlugin } from './usage';
import { BudgetWatch, Memory, news } from './usageBudgets';

const budget = (level: Budget['level'], more: Partial<Budget> = {}): Budget => ({
  period: 'month',
  since: '2026-11-01',
  spent: '80',
  limit: '100',
  share: 0.8,
  level,
  unpriced: [],
  ...more
});

describe('a budget', () => {
  it('is told of once when it is near its end, and once when it is used up', () => {
    const first = news([budget('near')], {});
    expect(first.fresh).toHaveLength(1);
    expect(news([budget('near')], first.told).fresh).toEqual([]);
    const second = news([budget('over')], first.told);
    expect(second.fresh).toHaveLength(1);
    expect(news([budget('over')], second.told).fresh).toEqual([]);
  });

  it('is not told of again when a figure falls and rises, but in the next period and with another limit', () => {
    const { told } = news([budget('over')], {});
    const fallen = news([budget('none')], told).told;
    expect(news([budget('near')], fallen).fresh).toEqual([]);
    expect(news([budget('near', { since: '2026-12-01' })], told).fresh).toHaveLength(1);
    expect(news([budget('near', { limit: '200' })], told).fresh).toHaveLength(1);
  });

  it('is remembered over a reload of the page, and by its other tabs', async () => {
    const client = new FakeClient({
      'usage.budgets': () => ({ budgets: [budget('near'), { ...budget('none'), limit: null }] })
    });
    const said: Budget[] = [];
    await new BudgetWatch(client, new Memory('budgets'), each => said.push(each)).look(true);
    await new BudgetWatch(client, new Memory('budgets'), each => said.push(each)).look(true);
    expect(said.map(({ level }) => level)).toEqual(['near']);
  });

  it('is remembered by the page where the browser keeps nothing', () => {
    vi.spyOn(Storage.prototype, 'setItem').mockImplementation(() => {
      throw new DOMException('full');
    });
    const memory = new Memory('full');
    memory.write({ 'month/2026-11-01/100': 1 });
    expect(memory.read()).toEqual({ 'month/2026-11-01/100': 1 });
  });

  it('is looked at when an import has news, without another import', async () => {
    vi.useFakeTimers();
    const client = new FakeClient({ 'usage.budgets': () => ({ budgets: [] }) });
    const watch = new BudgetWatch(client, new Memory('none'), () => undefined);
    watch.start();
    await vi.advanceTimersByTimeAsync(3_000);
    client.reset('usage', [{ state: 'idle', version: 2 }]);
    await vi.advanceTimersByTimeAsync(3_000);
    expect(client.calls.map(({ params }) => params.refresh)).toEqual([true, false]);
    vi.useRealTimers();
  });
});

describe('the look at budgets', () => {
  it('is not put off by news that never pause', async () => {
    vi.useFakeTimers();
    const client = new FakeClient({ 'usage.budgets': () => ({ budgets: [] }) });
    const watch = new BudgetWatch(client, new Memory('steady'), () => undefined);
    watch.start();
    for (let at = 0; at < 10; at++) {
      await vi.advanceTimersByTimeAsync(1_000);
      client.reset('status', [{ running: 1, cost_today: `${at}`, currency: 'USD' }]);
    }
    expect(client.calls.length).toBeGreaterThanOrEqual(3);
    vi.useRealTimers();
  });
});

describe('the command that opens the dashboard', () => {
  it('takes what a view can be asked for, and nothing else', () => {
    expect(paramsIn({ range: '7d', skill: 'haiku', isLauncher: true, model: '', view: 'session' })).toEqual({
      range: '7d',
      skill: 'haiku'
    });
  });

  it('shows it in the panel where the main area has no room for it', async () => {
    const commands = new CommandRegistry();
    const shown = vi.fn();
    commands.addCommand(CommandIds.showUsageInPanel, { execute: shown });
    const app = { commands } as never;
    await usagePlugin.activate(app, new FakeClient(), null, null, null, null, null, null);
    await act(() => commands.execute(CommandIds.openUsage, { range: '7d' }));
    expect(shown).toHaveBeenCalledWith({ range: '7d' });
  });
});
