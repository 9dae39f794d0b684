import { CommandRegistry } from '@lumino/commands';
import { Widget } from '@lumino/widgets';
import { act, fireEvent, screen, waitFor } from '@testing-library/react';
import { expect, it, vi } from 'vitest';
import { FakeClient } from '../testing/fake-client';
import { feedbackPlugin } from './feedback';
import { CommandIds } from './ids';
// A chunk of its own for a page; here it is read before anybody waits for what it shows.
import '../views/feedback/FeedbackView';

it('the tab of feedback asks before it is closed with words that were not sent', async () => {
  const added: Widget[] = [];
  const add = (tab: Widget): void => {
    added.push(tab);
    Widget.attach(tab, document.body);
  };
  const shell = { add, activateById: vi.fn() };
  const app = { commands: new CommandRegistry(), shell };
  void feedbackPlugin.activate(app as never, new FakeClient(), shell, null, null, null, null, null);
  await act(async () => app.commands.execute(CommandIds.sendFeedback) as Promise<void>);
  const [tab] = added;
  const box = await screen.findByRole('textbox');
  fireEvent.change(box, { target: { value: 'It fails' } });
  expect(tab.title.className).toBe('jp-mod-dirty');
  tab.close();
  const discard = await screen.findByText('Discard');
  expect(tab.isDisposed).toBe(false);
  await act(async () => discard.click());
  await waitFor(() => expect(tab.isDisposed).toBe(true));
});
