import { act, render } from '@testing-library/react';
import React from 'react';
import { expect, it } from 'vitest';
import { later, type Later } from '../testing/later';
import { useReading, type Reading } from './hooks';

it('what a reading was told is not written over by what was read before: it is read again', async () => {
  const answers: Later<string>[] = [];
  const read = (): Promise<string> => {
    answers.push(later<string>());
    return answers[answers.length - 1].answer;
  };
  let reading: Reading<string> | undefined;
  const View = (): React.ReactElement => {
    reading = useReading(read);
    return <p>{reading.value}</p>;
  };
  const { container } = render(<View />);
  act(() => reading?.set('told'));
  await act(async () => answers[0].come('old'));
  expect(container.textContent).toBe('told');
  expect(answers).toHaveLength(2);
  await act(async () => answers[1].come('new'));
  expect(container.textContent).toBe('new');
  expect(answers).toHaveLength(2);
});
