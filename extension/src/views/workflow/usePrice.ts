/** What something would cost, asked before a person can click on it. */
import { useEffect, useState } from 'react';
import type { Client } from '../../client/client';
import { money } from '../../components/format';
import type { Estimate, EstimateOf } from '../../protocol';

/** Null until it is known, and where nothing is to be asked. A price that cannot be had does not keep anybody from the click. */
export function usePrice(client: Client, of: EstimateOf | null): Estimate | null {
  const [estimate, setEstimate] = useState<Estimate | null>(null);
  const key = of && JSON.stringify(of);
  useEffect(() => {
    let current = true;
    setEstimate(null);
    if (key) {
      client.call('workflow.estimate', JSON.parse(key) as EstimateOf).then(
        reply => current && setEstimate(reply),
        () => undefined
      );
    }
    return () => {
      current = false;
    };
  }, [client, key]);
  return estimate;
}

/** `free`, `about $0.02`, `$0.02 to $0.10`; nothing where no price is known. */
export function priceOf(estimate: Estimate | null): string {
  if (!estimate) {
    return '';
  }
  const { low, high, basis } = estimate;
  if (basis === 'free') {
    return 'free';
  }
  if (low == null && high == null) {
    return 'price unknown';
  }
  const [least, most] = [money(low ?? high), money(high ?? low)];
  return least === most ? `about ${least}` : `${least} to ${most}`;
}
