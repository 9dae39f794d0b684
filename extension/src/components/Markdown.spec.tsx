import { fireEvent, render, screen } from '@testing-library/react';
import React from 'react';
import { describe, expect, it } from 'vitest';
import { Markdown, split } from './Markdown';

const parts = (text: string) => split({ text: '', pieces: [] }, text).pieces;

describe('Markdown that grows', () => {
  it('ends as it would have been had it come at once, however it was cut', () => {
    const text =
      '# Title\n\nSome *text* here.\n\n- one\n- two\n\n  still two\n\n```py\nx = 1\n\ny = 2\n```\n\n|a|b|\n|-|-|\n|1|2|\n\nend';
    const whole = render(<Markdown text={text} />).container.innerHTML;
    for (const size of [1, 3, 7, 20]) {
      const view = render(<Markdown text="" />);
      for (let end = 0; end < text.length + size; end += size) {
        view.rerender(<Markdown text={text.slice(0, end)} />);
      }
      expect(view.container.innerHTML).toBe(whole);
      view.unmount();
    }
  });

  it('keeps the nodes of what is already there', () => {
    const view = render(<Markdown text={'First.\n\nSecond'} />);
    const first = screen.getByText('First.');
    view.rerender(<Markdown text={'First.\n\nSecond and more.\n\nThird.'} />);
    expect(screen.getByText('First.')).toBe(first);
    expect(screen.getByText('Second and more.')).toBeTruthy();
  });

  it('starts anew when the text is another one', () => {
    const view = render(<Markdown text="Old text" />);
    view.rerender(<Markdown text="New" />);
    expect(view.container.textContent?.trim()).toBe('New');
  });
});

describe('text that was made to hurt', () => {
  const cases: [string, string][] = [
    ['one word of a million characters', 'x'.repeat(1_000_000)],
    ['a hundred thousand nested quotes', '>'.repeat(100_000) + 'a'],
    ['a hundred thousand nested lists', '- '.repeat(100_000) + 'a'],
    ['open brackets', '['.repeat(100_000)],
    ['runs of backticks', Array.from({ length: 400 }, (_, i) => '`'.repeat(i)).join(' ')],
    ['stars', '*a '.repeat(40_000)],
    ['half-open links', '[a](<'.repeat(20_000)]
  ];

  it.each(cases)('%s is shown, and whole', (_, text) => {
    const { container, unmount } = render(<Markdown text={text} />);
    expect((container.textContent ?? '').length).toBeGreaterThan(500);
    unmount();
  });

  it('may come in small pieces too', () => {
    const view = render(<Markdown text="" />);
    for (let size = 0; size <= 300_000; size += 10_000) {
      view.rerender(<Markdown text={'['.repeat(size)} />);
    }
    expect(view.container.textContent).toContain('[[[');
  });
});

describe('a long message', () => {
  it('shows its end, and its beginning on request', () => {
    const text = Array.from({ length: 90 }, (_, i) => `Paragraph ${i} ${'and so on '.repeat(400)}`).join(
      '\n\n'
    );
    render(<Markdown text={text} />);
    expect(screen.queryByText(/^Paragraph 0 /)).toBeNull();
    expect(screen.getByText(/^Paragraph 89 /)).toBeTruthy();
    const button = screen.getByRole('button', { name: /Show the first \d+ kB/ });
    fireEvent.click(button);
    expect(screen.getByText(/^Paragraph 0 /)).toBeTruthy();
  });

  it('in one code block stays one code block, also while it grows', () => {
    const code = '```\n' + 'line of code\n'.repeat(3_000);
    const view = render(<Markdown text={code} />);
    view.rerender(<Markdown text={code + 'last\n```\n\nafter'} />);
    expect(view.container.querySelectorAll('pre').length).toBe(1);
    expect(view.container.querySelector('pre')?.textContent).toMatch(/last\n$/);
    expect(screen.getByText('after')).toBeTruthy();
  });
});

describe('pieces', () => {
  it('joined are the text, also when they were closed early', () => {
    const text = 'word '.repeat(10_000) + '\n\nend';
    let state = { text: '', pieces: [] as readonly string[] };
    for (let end = 1; end <= text.length; end += 5_000) {
      state = split(state, text.slice(0, end));
    }
    expect(split(state, text).pieces.join('')).toBe(text);
    expect(parts(text).join('')).toBe(text);
  });
});
