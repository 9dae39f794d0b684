/** A button that costs money, and says how much before it is clicked. */
import React, { useId } from 'react';
import { Icon, type IconName } from '../../components/Icon';
import type { EstimateOf } from '../../protocol';
import { priceOf, usePrice } from './usePrice';
import type { Work } from './useWorkflow';

interface Props {
  work: Work;
  /** What its price is asked with. */
  of: Pick<EstimateOf, 'step' | 'what'>;
  icon?: IconName;
  primary?: boolean;
  busy: boolean;
  act: () => unknown;
  children: React.ReactNode;
}

export function PaidButton({ work, of, icon, primary, busy, act, children }: Props): React.ReactElement {
  const { client, skill, driving, readOnly } = work;
  const estimate = usePrice(client, { skill, ...of, ...driving });
  const price = priceOf(estimate);
  const id = useId();
  const off = busy || readOnly;
  return (
    <span className="wb-paid">
      <button
        type="button"
        className={`wb-button ${primary ? 'wb-primary' : ''}`}
        aria-disabled={off}
        aria-describedby={price ? id : undefined}
        onClick={() => off || act()}
      >
        {busy ? <span className="wb-spinner" /> : icon && <Icon name={icon} />} {children}
      </button>
      <small id={id} className="wb-price" title={estimate?.text}>
        {price}
      </small>
    </span>
  );
}
