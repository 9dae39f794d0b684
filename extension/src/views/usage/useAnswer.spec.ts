import { renderHook, waitFor } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { FakeClient } from '../../testing/fake-client';
import { useAnswer } from './useAnswer';

describe('an answer', () => {
  it('is out of date from the very moment at which something else is asked', async () => {
    const client = new FakeClient({ 'usage.daily': ({ since }) => ({ since }) });
    const seen: [unknown, boolean][] = [];
    const { rerender } = renderHook(
      ({ since, stamp }) => {
        const { answer, stale } = useAnswer(client, 'usage.daily', { since }, stamp);
        seen.push([(answer as { since?: string } | null)?.since, stale]);
      },
      { initialProps: { since: 'a', stamp: 0 } }
    );
    const last = () => seen[seen.length - 1];
    await waitFor(() => expect(last()).toEqual(['a', false]));
    for (const [props, answer] of [
      [{ since: 'b', stamp: 0 }, 'b'],
      [{ since: 'b', stamp: 1 }, 'b']
    ] as const) {
      const [before] = last();
      seen.length = 0;
      rerender(props);
      expect(seen[0]).toEqual([before, true]);
      await waitFor(() => expect(last()).toEqual([answer, false]));
    }
  });
});
