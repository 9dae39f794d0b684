/**
 * Bringing skills in: a source is named, looked into, chosen from, and what was chosen comes in.
 *
 * Nothing is changed before the last step, and each step leads back to the one before it with what was written there.
 */
import React, { useEffect, useRef, useState } from 'react';
import type { Client } from '../../client/client';
import { Icon } from '../../components/Icon';
import { Sentence } from '../../components/Sentence';
import type { AppliedImport, Choice, ImportPlan, PlanRow } from '../../protocol';
import type { Host } from '../host';
import { SkillsPage } from '../skill/SkillsPage';
import { Outcome } from './Outcome';
import { PlanStep } from './PlanStep';
import { Source } from './Source';
import { begun, choicesOf, type Choosing } from './state';
import { uploaded, useDrop } from './upload';
import { scanned, useScans } from './useScans';
import { useWork } from './useWork';
import { Waiting } from './Waiting';

interface Props {
  client: Client;
  params: { readonly [name: string]: string };
  host: Host;
  /** What was dropped where this was opened from. */
  file?: File;
}

type Seen = { readonly plan: ImportPlan; readonly choosing: Choosing };

export function ExchangeView({ client, params, host, file }: Props): React.ReactElement {
  const [source, setSource] = useState(params.source ?? '');
  const [what, setWhat] = useState('');
  const [found, setFound] = useState<Seen | null>(null);
  const [outcome, setOutcome] = useState<AppliedImport | null>(null);
  const work = useWork(client);
  useScans(client, found?.plan ?? null, (plan, rows) =>
    setFound(before =>
      before?.plan.plan === plan ? { ...before, plan: scanned(before.plan, rows) } : before
    )
  );

  const take = (plan: ImportPlan | null): void => {
    if (plan) {
      setFound({ plan, choosing: begun(plan) });
      setOutcome(null);
    }
  };
  const look = async (text: string): Promise<void> => {
    setWhat(text);
    take(await work.run(id => client.call('skills.plan_import', { source: text, id })));
  };
  const lookInto = async (dropped: File): Promise<void> => {
    setWhat(dropped.name);
    setFound(null);
    take(
      await work.run(async id => {
        const upload = await uploaded(dropped);
        return client.call('skills.plan_import', { source: dropped.name, upload, id });
      })
    );
  };
  const apply = async (): Promise<void> => {
    const { plan, choosing } = found as Seen;
    const rows = choicesOf(plan, choosing) as [Choice, ...Choice[]];
    setWhat(`${rows.length.toLocaleString('en')} of ${plan.rows.length.toLocaleString('en')}`);
    const made = await work.run(
      id => client.call('skills.apply_import', { source: plan.source, plan: plan.plan, rows, id }),
      true
    );
    if (made) {
      setOutcome(made);
    }
  };
  const again = (): void => {
    setFound(null);
    setOutcome(null);
    work.forget();
  };
  // What the place was opened with is looked into at once.
  const first = useRef(true);
  useEffect(() => {
    if (first.current && (file || params.source)) {
      void (file ? lookInto(file) : look(params.source));
    }
    first.current = false;
    // Only once: another source is another mount.
  });
  const drop = useDrop(dropped => void lookInto(dropped), !work.busy);
  const step = work.busy ? 'work' : outcome ? 'outcome' : found ? 'plan' : 'source';
  return (
    <SkillsPage
      client={client}
      host={host}
      name="wb-exchange"
      title="Import skills"
      more={{ ...drop.props, 'data-over': drop.over || undefined }}
    >
      {open => (
        <>
          {step === 'work' && <Waiting work={work} what={what} />}
          {step === 'source' && (
            <div className="wb-exchange-body">
              {work.failure && <Sentence failure={work.failure} />}
              <Source
                source={source}
                change={setSource}
                look={() => void look(source)}
                take={dropped => void lookInto(dropped)}
              />
            </div>
          )}
          {step === 'plan' && found && (
            <PlanStep
              key={found.plan.plan}
              plan={found.plan}
              choosing={found.choosing}
              change={next => setFound(before => before && { ...before, choosing: next(before.choosing) })}
              failure={work.failure}
              apply={() => void apply()}
              back={again}
              backWord="Another source"
              follow={row => {
                setSource(addressOf(row));
                setFound(null);
                void look(addressOf(row));
              }}
            />
          )}
          {step === 'outcome' && outcome && (
            <div className="wb-exchange-body">
              <Outcome outcome={outcome} open={open} again={again}>
                {host.back && (
                  <button type="button" className="wb-button" onClick={host.back}>
                    <Icon name="skill" /> To the skills
                  </button>
                )}
              </Outcome>
            </div>
          )}
          {drop.over && <p className="wb-drop-here">Drop it to see what is in it.</p>}
        </>
      )}
    </SkillsPage>
  );
}

/** Several plugins of one source elsewhere are told apart by their names behind its address. */
const addressOf = ({ path, plugin }: PlanRow): string =>
  plugin && path.endsWith(` (${plugin})`) ? path.slice(0, -(plugin.length + 3)) : path;
