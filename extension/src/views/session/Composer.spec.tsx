import { act, fireEvent, render, screen } from '@testing-library/react';
import React from 'react';
import { expect, it } from 'vitest';
import { later } from '../../testing/later';
import { Composer } from './Composer';

it('what is typed while the text before it is sent stays', async () => {
  const sent = later();
  render(<Composer label="Say" send={() => sent.answer} />);
  const box = screen.getByLabelText<HTMLTextAreaElement>('Say');
  fireEvent.change(box, { target: { value: 'first' } });
  fireEvent.keyDown(box, { key: 'Enter' });
  fireEvent.change(box, { target: { value: 'first and more' } });
  await act(async () => sent.come(null));
  expect(box.value).toBe('first and more');
});

it('what was sent goes, with the blanks around it', async () => {
  const sent = later();
  render(<Composer label="Say" send={() => sent.answer} />);
  const box = screen.getByLabelText<HTMLTextAreaElement>('Say');
  fireEvent.change(box, { target: { value: ' first ' } });
  fireEvent.keyDown(box, { key: 'Enter' });
  await act(async () => sent.come(null));
  expect(box.value).toBe('');
});
