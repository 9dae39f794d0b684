/** What the skill could do to the person who uses it: evidence, advice, and what the person decided about it. */
import React, { useEffect, useMemo, useRef, useState } from 'react';
import { failureOf, type Answer, type Client } from '../../client/client';
import { age, plural } from '../../components/format';
import { Fold } from '../../components/Fold';
import { useAction } from '../../components/hooks';
import { Icon } from '../../components/Icon';
import { plain } from '../../components/plain';
import { Sentence } from '../../components/Sentence';
import type { Failure, ScanFinding, Skill } from '../../protocol';
import { Badge, VERDICTS, type Mood } from '../skills/Badges';
import { Findings, Place } from './Findings';

type Report = Answer<'skills.scan'>;

interface Props {
  client: Client;
  skill: Skill;
  changed: () => void;
  /** Shows a file of the skill. */
  look: (path: string) => void;
}

/** What was decided about these bytes is said instead of the advice to decide, but for what is dangerous. */
function judged(
  { verdict, advice }: Report,
  trust: Skill['trust']
): { word: string; mood: Mood; advice: string } {
  return verdict === 'review' && trust === 'trusted'
    ? { word: 'You trust this version', mood: 'good', advice: 'The trust ends when a file of it changes.' }
    : { ...(VERDICTS[verdict] ?? { word: verdict, mood: 'warn' }), advice };
}

const ABILITIES: { readonly [name: string]: string } = {
  network: 'reaches the network',
  secrets: 'reads secrets',
  exec: 'runs programs',
  writes_outside: 'writes outside its folder'
};

export function Scan({ client, skill, changed, look }: Props): React.ReactElement {
  const [report, setReport] = useState<Report | null>(null);
  const [failure, setFailure] = useState<Failure | null>(null);
  const [asked, setAsked] = useState(0);
  const verdictPlace = useRef<HTMLDivElement>(null);
  useEffect(() => {
    let current = true;
    client.call('skills.scan', { name: skill.name }).then(
      reply => {
        if (current) {
          setReport(reply);
          setFailure(null);
        }
      },
      error => current && setFailure(failureOf(error))
    );
    return () => {
      current = false;
    };
  }, [client, skill.name, skill.digest, asked]);
  const decided = (reply: Report): void => {
    setReport(reply);
    // What had the keyboard is gone with the finding.
    verdictPlace.current?.focus();
    changed();
  };
  const again = (): void => {
    setAsked(before => before + 1);
    changed();
  };
  if (failure) {
    return <Sentence failure={failure} />;
  }
  if (!report) {
    return <p className="wb-hint wb-shimmer">Reading every file to its end…</p>;
  }
  const { word, mood, advice } = judged(report, skill.trust);
  const able = Object.entries(report.capabilities).filter(([, places]) => places.length > 0);
  return (
    <div className="wb-scan">
      <div className="wb-verdict" data-mood={mood} ref={verdictPlace} tabIndex={-1}>
        <Icon name="shield" />
        <div>
          <b>{plain(word)}</b>
          <p>{plain(advice)}</p>
          <p className="wb-hint">
            {plural(report.files, 'file')} read. This is advice from rules, not a proof.
          </p>
        </div>
        <Trust client={client} skill={skill} report={report} changed={again} />
      </div>
      {able.length > 0 && (
        <section aria-label="What it can do">
          <h3>What it can do</h3>
          <ul className="wb-abilities">
            {able.map(([name, places]) => (
              <li key={name}>
                <b>{ABILITIES[name] ?? plain(name)}</b>
                <ul>
                  {places.map(place => (
                    <li key={place}>
                      <Place file={fileOf(place)} look={look}>
                        {plain(place)}
                      </Place>
                    </li>
                  ))}
                </ul>
              </li>
            ))}
          </ul>
        </section>
      )}
      <News client={client} skill={skill.name} report={report} decided={decided} look={look} />
      {report.waived.length > 0 && (
        <Fold className="wb-waived" summary={`${plural(report.waived.length, 'finding')} that you let stand`}>
          {() => (
            <Findings
              client={client}
              skill={skill.name}
              findings={report.waived}
              among={report.waived}
              decided={decided}
              look={look}
              waived
            />
          )}
        </Fold>
      )}
    </div>
  );
}

/** A place is a file and a line of it. */
const fileOf = (place: string): string => place.replace(/:\d+$/, '');

interface NewsProps {
  client: Client;
  skill: string;
  report: Report;
  decided: (report: Report) => void;
  look: (path: string) => void;
}

const keyOf = ({ rule, file, line, excerpt, digest }: ScanFinding): string =>
  JSON.stringify([rule, file, line, excerpt, digest]);

/** Where a version was scanned before, what is new in this one comes first: the rest has been looked at. */
function News({ report, ...given }: NewsProps): React.ReactElement {
  const { findings, since } = report;
  const fresh = useMemo(() => new Set(report.new.map(keyOf)), [report]);
  const [news, rest] = [true, false].map(wanted =>
    findings.filter(each => fresh.has(keyOf(each)) === wanted)
  );
  const then = since && age(since, Date.now());
  if (!then || news.length === 0 || rest.length === 0) {
    return (
      <section aria-label="Findings">
        <h3>{findings.length ? plural(findings.length, 'finding') : 'No findings'}</h3>
        {then && findings.length > 0 && (
          <p className="wb-hint">
            {news.length ? 'None of them was in' : 'None is new since'} the version before, scanned {then}.
          </p>
        )}
        <Findings {...given} findings={findings} among={findings} />
      </section>
    );
  }
  return (
    <>
      <section aria-label="New findings">
        <h3>{plural(news.length, 'new finding')}</h3>
        <p className="wb-hint">Not in the version before, scanned {then}.</p>
        <Findings {...given} findings={news} among={findings} />
      </section>
      <section aria-label="Findings">
        <h3>{plural(rest.length, 'finding')} from before</h3>
        <Findings {...given} findings={rest} among={findings} />
      </section>
    </>
  );
}

interface TrustProps extends Omit<Props, 'look'> {
  report: Report;
}

/** Trust is in exactly these bytes: whatever changes has to be looked at again. */
function Trust({ client, skill, report, changed }: TrustProps): React.ReactElement | null {
  const action = useAction();
  if (skill.trust === 'own') {
    return <Badge mood="plain">Your own</Badge>;
  }
  const trusted = skill.trust === 'trusted';
  const act = async (): Promise<void> => {
    const done = await action.run(() =>
      trusted
        ? client.call('skills.untrust', { name: skill.name })
        : client.call('skills.trust', { name: skill.name, digest: report.digest })
    );
    if (done) {
      changed();
    }
  };
  return (
    <div className="wb-trust">
      <button
        type="button"
        className="wb-button"
        aria-disabled={action.busy || (!trusted && report.digest === null)}
        title={trusted ? undefined : 'You have looked at it. The trust ends when a file of it changes.'}
        onClick={() => void act()}
      >
        {trusted ? 'Trust it no longer' : 'Trust this version'}
      </button>
      {action.failure && <Sentence failure={action.failure} />}
    </div>
  );
}
