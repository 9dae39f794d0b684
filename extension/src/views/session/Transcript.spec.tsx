import { act, fireEvent, render, screen } from '@testing-library/react';
import React from 'react';
import { describe, expect, it } from 'vitest';
import type { Block } from './blocks';
import type { BlockActions } from './BlockView';
import { SHOWN_BLOCKS, Transcript } from './Transcript';

const actions: BlockActions = { decide: async () => undefined, respond: async () => undefined };
const notices = (count: number): Block[] =>
  Array.from({ length: count }, (_, i) => ({
    kind: 'notice',
    key: `n${i}`,
    run: 'r',
    severity: 'info',
    message: `notice ${i}`
  }));

/** jsdom has no layout: the log is 100 high and `height` long. */
function sized(height: number): HTMLElement {
  const log = document.querySelector<HTMLElement>('[role=log]')!;
  Object.defineProperties(log, {
    scrollHeight: { value: height, configurable: true },
    clientHeight: { value: 100, configurable: true }
  });
  return log;
}
/** By its class: to look for a role among thousands of blocks takes a minute. */
const earlier = (): HTMLElement | null => document.querySelector('button.wb-earlier');
const scrollTo = (log: HTMLElement, top: number): void => {
  log.scrollTop = top;
  fireEvent.scroll(log);
};

describe('a long transcript', () => {
  it('has its last blocks in the document, and earlier ones on request', () => {
    render(<Transcript blocks={notices(SHOWN_BLOCKS + 500)} actions={actions} />);
    expect(screen.queryByText('notice 499')).toBeNull();
    expect(screen.getByText('notice 500')).toBeTruthy();
    expect(earlier()?.textContent).toBe('Show earlier (500 more)');
    fireEvent.click(earlier()!);
    expect(screen.getByText('notice 0')).toBeTruthy();
    expect(earlier()).toBeNull();
  });

  it('lets old blocks go, but not at once from under the eyes of a person who reads them', () => {
    const view = render(<Transcript blocks={notices(SHOWN_BLOCKS)} actions={actions} />);
    const log = sized(10_000);
    const firstOf = (count: number): string => {
      view.rerender(<Transcript blocks={notices(count)} actions={actions} />);
      return log.querySelector('.wb-notice')?.textContent ?? '';
    };
    expect(firstOf(SHOWN_BLOCKS + 1)).toBe('notice 1');
    scrollTo(log, 9_900);
    scrollTo(log, 0);
    expect(firstOf(SHOWN_BLOCKS + 500)).toBe('notice 1');
    expect(firstOf(2 * SHOWN_BLOCKS + 9)).toBe('notice 9');
    expect(earlier()?.textContent).toBe('Show earlier (9 more)');
    fireEvent.click(earlier()!);
    expect(screen.getByText('notice 0')).toBeTruthy();
    fireEvent.click(document.querySelector('button.wb-latest')!);
    expect(firstOf(3 * SHOWN_BLOCKS + 1_000)).toBe('notice 1000');
  });

  it('keeps the place and the keyboard when earlier ones come, and does not run to the end', () => {
    const view = render(<Transcript blocks={notices(SHOWN_BLOCKS + 500)} actions={actions} />);
    const log = sized(10_000);
    scrollTo(log, 9_900);
    scrollTo(log, 0);
    const heights = [10_000, 12_500];
    Object.defineProperty(log, 'scrollHeight', { get: () => heights.shift() ?? 12_500 });
    const button = earlier()!;
    button.focus();
    fireEvent.click(button);
    expect(log.scrollTop).toBe(2_500);
    expect(document.activeElement).toBe(log);
    view.rerender(<Transcript blocks={notices(SHOWN_BLOCKS + 501)} actions={actions} />);
    expect(log.scrollTop).toBe(2_500);
  });
});

describe('the end of a transcript', () => {
  it('is followed while the person is there', () => {
    const view = render(<Transcript blocks={notices(3)} actions={actions} />);
    const log = sized(1000);
    view.rerender(<Transcript blocks={notices(4)} actions={actions} />);
    expect(log.scrollTop).toBe(1000);
    expect(screen.queryByRole('button', { name: /Jump/ })).toBeNull();
  });

  it('is let go when the person scrolls up, and comes back by one button', () => {
    const view = render(<Transcript blocks={notices(3)} actions={actions} />);
    const log = sized(1000);
    scrollTo(log, 900);
    scrollTo(log, 300);
    view.rerender(<Transcript blocks={notices(4)} actions={actions} />);
    expect(log.scrollTop).toBe(300);
    act(() => fireEvent.click(screen.getByRole('button', { name: 'Jump to latest' })));
    expect(log.scrollTop).toBe(1000);
    expect(document.activeElement).toBe(log);
    expect(screen.queryByRole('button', { name: /Jump/ })).toBeNull();
  });

  it('is let go by the least move up, and not by content that became less', () => {
    render(<Transcript blocks={notices(3)} actions={actions} />);
    const log = sized(1000);
    scrollTo(log, 900);
    sized(800);
    scrollTo(log, 700);
    expect(screen.queryByRole('button', { name: /Jump/ })).toBeNull();
    scrollTo(log, 694);
    expect(screen.getByRole('button', { name: 'Jump to latest' })).toBeTruthy();
  });

  it('is followed again by scrolling there', () => {
    render(<Transcript blocks={notices(3)} actions={actions} />);
    const log = sized(1000);
    scrollTo(log, 900);
    scrollTo(log, 300);
    scrollTo(log, 880);
    expect(screen.queryByRole('button', { name: /Jump/ })).toBeNull();
  });

  it('is not let go because the content grew', () => {
    render(<Transcript blocks={notices(3)} actions={actions} />);
    const log = sized(1000);
    scrollTo(log, 900);
    sized(2000);
    scrollTo(log, 900);
    expect(screen.queryByRole('button', { name: /Jump/ })).toBeNull();
  });
});
