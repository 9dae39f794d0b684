import { act, fireEvent, screen } from '@testing-library/react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { FakeClient } from '../testing/fake-client';
import { Script } from '../testing/transcript';
import type { View } from '../protocol';
import { mount } from './mount';

(globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }).IS_REACT_ACT_ENVIRONMENT = true;

let unmounts: (() => void)[] = [];
async function show(view: unknown, client = new FakeClient()): Promise<HTMLElement> {
  const cell = document.createElement('div');
  cell.className = 'jp-Cell';
  cell.tabIndex = 0;
  const node = cell.appendChild(document.createElement('div'));
  document.body.append(cell);
  await act(async () => void unmounts.push(mount(node, client, view as View)));
  return node;
}
afterEach(async () => {
  await act(async () => {
    unmounts.splice(0).forEach(unmount => unmount());
    await new Promise(resolve => setTimeout(resolve));
  });
});

describe('a view that a notebook names', () => {
  it.each([
    ['of another kind', { view: 'usages', params: {} }],
    ['of a later version', { version: 2, view: 'session', params: { session: 's' } }],
    ['without its ids', { view: 'session', params: {} }],
    ['with ids that are no texts', { view: 'session', params: { session: { toString: 'x' } } }],
    ['that is no view at all', null],
    ['named like something that every object has', { view: 'constructor', params: {} }]
  ])('%s is a sentence', async (_, view) => {
    await show(view);
    expect(screen.getByRole('alert').textContent).toContain('This version of Workbench has no view');
  });

  it('is shown, and gives up its subscription when it is disposed of', async () => {
    const client = new FakeClient();
    await show({ view: 'session', params: { session: 's' } }, client);
    expect(client.following).toEqual(['session:s']);
    await act(async () => {
      unmounts.splice(0).forEach(unmount => unmount());
      await new Promise(resolve => setTimeout(resolve));
    });
    expect(client.following).toEqual([]);
  });

  it('that has a fault is a sentence in its place', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => undefined);
    window.addEventListener('error', event => event.preventDefault(), { once: true });
    const client = new FakeClient();
    client.subscribe = () => {
      throw new Error('Out of order');
    };
    await show({ view: 'sessions', params: {} }, client);
    expect(screen.getByRole('alert').textContent).toContain('Out of order');
  });
});

describe('keys pressed in a view', () => {
  const MARK = 'data-lm-suppress-shortcuts';
  const view = { view: 'session', params: { session: 's' } };
  const running = async (): Promise<HTMLElement> => {
    const client = new FakeClient();
    client.say('s', new Script().ready().prompt('Go').take());
    await show(view, client);
    return screen.getByRole('log');
  };

  it('are marked on the focused element itself, so that no shortcut of the notebook takes them', async () => {
    const log = await running();
    fireEvent.keyDown(log, { key: 'd' });
    expect(log.hasAttribute(MARK)).toBe(true);
  });

  it('are the application’s with Ctrl, Cmd or Alt', async () => {
    const log = await running();
    fireEvent.keyDown(log, { key: 'd' });
    for (const modifier of [{ ctrlKey: true }, { metaKey: true }, { altKey: true }]) {
      fireEvent.keyDown(log, { key: 's', ...modifier });
      expect(log.hasAttribute(MARK)).toBe(false);
    }
  });

  it('do not run the cell with Ctrl Enter', async () => {
    const log = await running();
    fireEvent.keyDown(log, { key: 'Enter', ctrlKey: true });
    expect(log.hasAttribute(MARK)).toBe(true);
  });

  it('give the keyboard back to the cell with Escape', async () => {
    const log = await running();
    log.focus();
    fireEvent.keyDown(log, { key: 'Escape' });
    expect(document.activeElement?.className).toBe('jp-Cell');
  });

  it('are left alone outside of views, and everywhere when the last view is gone', async () => {
    const log = await running();
    const outside = document.body.appendChild(document.createElement('button'));
    fireEvent.keyDown(outside, { key: 'd' });
    expect(outside.hasAttribute(MARK)).toBe(false);
    unmounts.splice(0).forEach(unmount => unmount());
    fireEvent.keyDown(log, { key: 'd' });
    expect(log.hasAttribute(MARK)).toBe(false);
  });
});
