/**
 * The frame of a page about skills: its head, and what it shows.
 *
 * A skill that is opened from it goes where the host has room for it, else into the place of the page, which stays as it was.
 */
import React, { useState } from 'react';
import type { Client } from '../../client/client';
import { Icon } from '../../components/Icon';
import type { Host } from '../host';
import { SkillView } from './SkillView';

interface Props {
  client: Client;
  host: Host;
  /** The class of its styles. */
  name: string;
  title: string;
  /** What it is called where its title would not say enough. */
  label?: string;
  /** Something is being read. */
  loading?: boolean;
  /** At the end of its head. */
  actions?: React.ReactNode;
  /** What else its element needs. */
  more?: React.HTMLAttributes<HTMLElement> & { readonly 'data-over'?: boolean };
  children: (open: (skill: string) => void) => React.ReactNode;
}

export function SkillsPage(props: Props): React.ReactElement {
  const { client, host, name, title, label = title, loading, actions, more, children } = props;
  const [inside, setInside] = useState<string | null>(null);
  const open = (skill: string): void => (host.openSkill ? host.openSkill(skill) : setInside(skill));
  return (
    <>
      {inside !== null && (
        <SkillView
          key={inside}
          client={client}
          params={{ skill: inside }}
          host={inPlace(host, () => setInside(null))}
        />
      )}
      <section
        {...more}
        className={`wb-skills ${name}`}
        data-place={host.place ?? 'cell'}
        aria-label={label}
        hidden={inside !== null}
      >
        <header className="wb-header">
          {host.back && (
            <button type="button" className="wb-quiet" aria-label="Back" title="Back" onClick={host.back}>
              <Icon name="back" />
            </button>
          )}
          <h2>{title}</h2>
          {loading && <span className="wb-spinner" />}
          <span className="wb-spring" />
          {actions}
        </header>
        {children(open)}
      </section>
    </>
  );
}

/** What a host can do it may say later, so it is inherited, not copied; the place itself goes on showing the page. */
const inPlace = (host: Host, back: () => void): Host =>
  Object.create(host, { back: { value: back }, keep: { value: undefined } }) as Host;
