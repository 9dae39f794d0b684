import React from 'react';
import { act, fireEvent, render, screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';
import { CallError } from '../../client/client';
import type { SkillTest } from '../../protocol';
import { FakeClient } from '../../testing/fake-client';
import { later } from '../../testing/later';
import { finished, side } from '../../testing/tests';
import { begun } from '../../testing/workflow';
import type { Host } from '../host';
import { SkillTestView } from './SkillTestView';

type Answers = NonNullable<ConstructorParameters<typeof FakeClient>[0]>;

const BLIND = finished({
  status: 'voting',
  wins: 0,
  rounds: [
    {
      number: 1,
      sides: [side('a', null), side('b', null)],
      vote: null,
      judgements: [],
      recommendations: [],
      failure: null
    }
  ]
});

function show(tests: SkillTest[], more: Answers = {}, host: Host = { place: 'page' }, params = {}) {
  const client = new FakeClient({
    'skill_test.history': () => ({ tests }),
    'agents.providers': () => ({ providers: [] }),
    'workflow.estimate': ({ repeats }) => ({
      low: String(0.1 * Number(repeats)),
      high: String(0.2 * Number(repeats)),
      basis: 'prompt',
      text: ''
    }),
    'workflow.state': () => {
      throw new CallError({ kind: 'not_found', message: 'No workflow.', remedy: '' });
    },
    ...more
  });
  return {
    client,
    ...render(<SkillTestView client={client} params={{ skill: 'one', ...params }} host={host} />)
  };
}

const called = (client: FakeClient, name: string) =>
  client.calls.filter(call => call.name === name).map(({ params }) => params);
const click = (name: string | RegExp) =>
  act(async () => fireEvent.click(screen.getByRole('button', { name })));
const prompt = () => screen.findByLabelText<HTMLTextAreaElement>('Prompt');

describe('a test that is to be', () => {
  it('is asked about before its tab is closed while its prompt is written and not sent', async () => {
    const unsaved = vi.fn();
    const run = () => finished({ status: 'running', rounds: [] });
    show([], { 'skill_test.run': run }, { place: 'page', unsaved }, { prompt: 'As before.' });
    await prompt();
    expect(unsaved).not.toHaveBeenCalled();
    fireEvent.change(await prompt(), { target: { value: 'Match these.' } });
    expect(unsaved).toHaveBeenLastCalledWith({ name: 'Test one' });
    await click('Test it');
    expect(unsaved).toHaveBeenLastCalledWith(null);
  });

  it('says its price before it is clicked, for as many rounds as are asked for', async () => {
    const { client } = show([], { 'skill_test.run': () => finished({ status: 'running', rounds: [] }) });
    fireEvent.change(await prompt(), { target: { value: 'Match these.' } });
    expect(await screen.findByText('$0.1000 to $0.2000')).toBeTruthy();
    fireEvent.change(screen.getByRole('spinbutton', { name: 'Rounds' }), { target: { value: '5' } });
    expect(await screen.findByText('$0.5000 to $1.00')).toBeTruthy();
    await click('Test it');
    expect(called(client, 'skill_test.run')).toEqual([
      { skill: 'one', instance: expect.any(String), prompt: 'Match these.', repeats: 5, vote_first: true }
    ]);
    expect(screen.getByText(/Both agents are at work/)).toBeTruthy();
  });

  it('offers the requests that the person said it should serve', async () => {
    const intake = { ...begun().intake, interview: { serves: ['Why is it blocked?'] as [string], good: '' } };
    show([], { 'workflow.state': () => begun({ intake }) });
    await screen.findByRole('button', { name: 'Why is it blocked?' });
    await click('Why is it blocked?');
    expect((await prompt()).value).toBe('Why is it blocked?');
  });

  it('of an example offers what was recorded, and is replayed', async () => {
    const examples = [
      { name: 'ex', title: '', summary: '', workflows: [], refine: [], tests: ['Match these invoices'] }
    ];
    const { client } = show([], {
      'workflow.state': () => begun({ example: 'ex' }),
      'workflow.examples': () => ({ examples }),
      'skill_test.run': () => finished({ replayed: true })
    });
    await screen.findByRole('button', { name: 'Match these invoices' });
    await click('Match these invoices');
    await click('Test it');
    expect(called(client, 'skill_test.run')[0]).toMatchObject({ provider: 'replay' });
  });

  it('that is refused keeps its prompt and says why', async () => {
    const failure = { kind: 'refused', message: 'The skill has no SKILL.md.', remedy: 'Build it first.' };
    show([], {
      'skill_test.run': () => {
        throw new CallError(failure);
      }
    });
    fireEvent.change(await prompt(), { target: { value: 'Match.' } });
    await click('Test it');
    expect((await screen.findByRole('alert')).textContent).toContain('Build it first.');
    expect((await prompt()).value).toBe('Match.');
  });
});

describe('a test', () => {
  it('shows A and B without a hint of which is which until the person has voted', async () => {
    const told = finished();
    const { client } = show(
      [BLIND],
      { 'skill_test.vote': () => told },
      { place: 'page', openSession: vi.fn() }
    );
    const a = await screen.findByRole('article', { name: 'A' });
    expect(a.textContent).toContain('Answer of a');
    expect(document.body.textContent).not.toMatch(/with(out)? the skill|\$0\.02|1\.2k/i);
    expect(screen.queryByRole('button', { name: /Open what/ })).toBeNull();
    await click('A is better');
    expect(called(client, 'skill_test.vote')).toEqual([{ id: 't1', round: 1, vote: 'a' }]);
    expect(await screen.findByText('You preferred A: with the skill.')).toBeTruthy();
    expect(screen.getByRole('article', { name: 'A: with the skill' }).textContent).toContain('$0.02');
    expect(screen.getByText('Better in 1 of 1 round.')).toBeTruthy();
  });

  it('tells its differences with their spread in words', async () => {
    show(
      [finished({ score: { mean: '0.4', low: '-0.2', high: '1', n: 3 } })],
      {},
      { place: 'page' },
      { test: 't1' }
    );
    const row = await screen.findByRole('row', { name: /Quality/ });
    expect(row.textContent).toContain('−0.20 to +1.00');
    expect(row.textContent).toContain('it may be chance');
    expect(screen.getByText('It names both values.')).toBeTruthy();
  });

  it('says of each dimension with an arrow up, down or across which way it went', async () => {
    const [round] = finished().rounds;
    const ways = (['up', 'down', 'same'] as const).map(direction => ({
      dimension: `It went ${direction}`,
      direction,
      text: 'So it is.'
    }));
    show([finished({ rounds: [{ ...round!, judgements: ways }] })], {}, { place: 'page' }, { test: 't1' });
    await screen.findByText('It went up');
    const arrows = ['↑', '↓', '→'].map(arrow => screen.getByText(arrow).closest('li,tr')?.textContent);
    expect(arrows.map(line => line?.match(/It went (up|down|same)/)?.[1])).toEqual(['up', 'down', 'same']);
  });

  it('that was replayed says that no model was measured, and shows no difference at all', async () => {
    const replayed = finished({
      replayed: true,
      notice: 'Scripted illustration, no model was measured.',
      score: { mean: '1', low: '1', high: '1', n: 3 }
    });
    show([replayed], {}, { place: 'page' }, { test: 't1' });
    expect(await screen.findByText('Scripted illustration, no model was measured.')).toBeTruthy();
    expect(screen.getByText('Answer of a')).toBeTruthy();
    expect(screen.queryByRole('table')).toBeNull();
    expect(document.body.textContent).not.toMatch(/Better in|↑|Quality|4\.2 s|1\.2k/);
  });

  it('that goes on is followed until it is done, and can be stopped', async () => {
    vi.useFakeTimers({ shouldAdvanceTime: true });
    const running = finished({ status: 'running' });
    let now = running;
    const { client } = show([running], { 'skill_test.show': () => now, 'skill_test.stop': () => running });
    await screen.findByText(/Both agents are at work/);
    await click('Stop the test');
    expect(called(client, 'skill_test.stop')).toEqual([{ id: 't1' }]);
    now = finished();
    await act(async () => vi.advanceTimersByTimeAsync(2_000));
    expect(await screen.findByText(/The test is done/)).toBeTruthy();
    const looked = called(client, 'skill_test.show').length;
    await act(async () => vi.advanceTimersByTimeAsync(5_000));
    expect(called(client, 'skill_test.show')).toHaveLength(looked);
    vi.useRealTimers();
  });

  it('that was begun stays in sight when an older list of the tests comes', async () => {
    vi.useFakeTimers({ shouldAdvanceTime: true });
    const old = finished({ status: 'running' });
    const fresh = finished({ id: 't2', status: 'running', prompt: 'Another prompt' });
    const list = later();
    const lists = [{ tests: [old] }, list.answer, { tests: [fresh, old] }];
    const { client } = show([], {
      'skill_test.history': () => lists.shift(),
      'skill_test.show': () => {
        throw new CallError({ kind: 'unreachable', message: 'It does not answer.', remedy: '' });
      },
      'skill_test.run': () => fresh
    });
    await screen.findByText(/Both agents are at work/);
    await act(async () => vi.advanceTimersByTimeAsync(2_000));
    await click('Look again');
    await click('New test');
    fireEvent.change(await prompt(), { target: { value: 'Another prompt' } });
    await click('Test it');
    await act(async () => list.come({ tests: [old] }));
    expect(screen.getByLabelText('Prompt').textContent).toBe('Another prompt');
    expect(called(client, 'skill_test.history')).toHaveLength(3);
    await act(async () => vi.advanceTimersByTimeAsync(2_000));
    expect(called(client, 'skill_test.show').at(-1)).toEqual({ id: 't2' });
    vi.useRealTimers();
  });

  it('that its Workbench has left is gone on with at a click', async () => {
    const left = finished({ status: 'error', left: true });
    const host: Host = { place: 'page' };
    const { client } = show([left], { 'skill_test.settle': () => finished() }, host, { test: 't1' });
    await screen.findByText('Go on with this test');
    await click('Go on with this test');
    expect(called(client, 'skill_test.settle')).toEqual([{ id: 't1' }]);
    expect(await screen.findByText(/The test is done/)).toBeTruthy();
    expect(screen.queryByText('Go on with this test')).toBeNull();
  });

  it('leads to refining with prompt, answers and remark in the box', async () => {
    const openRefine = vi.fn();
    show(
      [finished()],
      { 'skill_test.refine_from': () => ({ skill: 'one', message: 'A test asked: …' }) },
      { place: 'page', openRefine },
      { test: 't1' }
    );
    await screen.findByRole('button', { name: 'Refine with this' });
    await click('Refine with this');
    await waitFor(() => expect(openRefine).toHaveBeenCalledWith('one', 'A test asked: …'));
  });

  it('is found again by the version of the skill, and made again with its prompt', async () => {
    const keep = vi.fn();
    const earlier = finished({ id: 't0', digest: 'sha256:fedcba9876543210', prompt: 'Another prompt' });
    show([finished(), earlier], {}, { place: 'page', keep });
    const old = await screen.findByRole('region', { name: 'Version fedcba98' });
    await act(async () => fireEvent.click(within(old).getByRole('button')));
    expect(keep).toHaveBeenLastCalledWith({ view: 'skill-test', params: { skill: 'one', test: 't0' } });
    await click('Test the same again…');
    expect((await prompt()).value).toBe('Another prompt');
  });
});
