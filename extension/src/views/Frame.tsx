/** What pages about one skill have around them: the way back, and a word where they are still read or could not be. */
import React from 'react';
import { Icon } from '../components/Icon';
import { Sentence } from '../components/Sentence';
import type { Failure } from '../protocol';
import type { Host } from './host';

interface Props {
  className: string;
  label: string;
  host: Host;
  /** Given to the element. */
  place?: React.RefObject<HTMLElement>;
  /** Why it could not be read. */
  failure?: Failure | null;
  reload?: () => void;
  /** What is said until there is something to show. */
  waits?: string;
  /** False before the first answer. */
  children: React.ReactNode;
}

export function Frame(props: Props): React.ReactElement {
  const { className, label, host, place, failure, reload, waits, children } = props;
  return (
    <section className={className} ref={place} data-place={host.place ?? 'cell'} aria-label={label}>
      {!children && host.back && (
        <header className="wb-header">
          <Back host={host} />
        </header>
      )}
      {failure && <Unread failure={failure} reload={reload} />}
      {!children && !failure && <p className="wb-hint wb-shimmer wb-skills-wait">{waits}</p>}
      {children}
    </section>
  );
}

/** Something could not be read: it may be by now. */
export function Unread({ failure, reload }: { failure: Failure; reload?: () => void }): React.ReactElement {
  return (
    <Sentence failure={failure}>
      {reload && (
        <button type="button" className="wb-button" onClick={reload}>
          <Icon name="refresh" /> Look again
        </button>
      )}
    </Sentence>
  );
}

/** The way to the view before this one, where there is one. */
export function Back({ host }: { host: Host }): React.ReactElement | null {
  return host.back ? (
    <button type="button" className="wb-quiet" aria-label="Back" title="Back" onClick={host.back}>
      <Icon name="back" />
    </button>
  ) : null;
}

/** The place of a view that another one shows instead of itself for a while. */
export const inPlace = (host: Host, back: () => void): Host =>
  Object.create(host, { back: { value: back }, keep: { value: undefined } }) as Host;
