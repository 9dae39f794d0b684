import { nullTranslator } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';
import { waitFor } from '@testing-library/react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ClosingGuard } from './closing';

function tabWith(save?: () => Promise<boolean>): Widget {
  const tab = new Widget();
  Widget.attach(tab, document.body);
  const guard = new ClosingGuard(tab, nullTranslator.load('workbench'));
  guard.hold({ name: 'x', save });
  return tab;
}

const dialog = (): HTMLElement | null => document.querySelector('.jp-Dialog');

async function answer(label: string): Promise<void> {
  await waitFor(() => expect(dialog()).not.toBeNull());
  const buttons = [...document.querySelectorAll<HTMLElement>('.jp-Dialog button')];
  buttons.find(({ textContent }) => textContent === label)?.click();
  await waitFor(() => expect(dialog()).toBeNull());
}

afterEach(() => document.body.replaceChildren());

describe('a tab with something that is not saved', () => {
  it('stays when the question is cancelled', async () => {
    const save = vi.fn(() => Promise.resolve(true));
    const tab = tabWith(save);
    tab.close();
    tab.close();
    await answer('Cancel');
    expect(tab.isAttached).toBe(true);
    expect(save).not.toHaveBeenCalled();
  });

  it('closes without saving when it is discarded', async () => {
    const save = vi.fn(() => Promise.resolve(true));
    const tab = tabWith(save);
    tab.close();
    await answer('Discard');
    await waitFor(() => expect(tab.isAttached).toBe(false));
    expect(save).not.toHaveBeenCalled();
  });

  it('closes once it is saved, and stays when that fails', async () => {
    const outcomes = [false, true];
    const tab = tabWith(() => Promise.resolve(outcomes.shift() ?? false));
    tab.close();
    await answer('Save');
    expect(tab.isAttached).toBe(true);
    tab.close();
    await answer('Save');
    await waitFor(() => expect(tab.isAttached).toBe(false));
  });

  it('offers no saving where what is typed can only be sent, and keeps the tab unless it is discarded', async () => {
    const tab = tabWith();
    tab.close();
    await waitFor(() => expect(dialog()).not.toBeNull());
    expect([...document.querySelectorAll('.jp-Dialog button')].map(({ textContent }) => textContent)).toEqual(
      ['Cancel', 'Discard']
    );
    expect(dialog()?.textContent).toContain('What you typed in "x" was not sent');
    await answer('Cancel');
    expect(tab.isAttached).toBe(true);
    tab.close();
    await answer('Discard');
    await waitFor(() => expect(tab.isAttached).toBe(false));
  });
});
