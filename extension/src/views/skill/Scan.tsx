/** What the skill could do to the person who uses it: evidence, advice, and what the person decided about it. */
import React, { useEffect, useId, useState } from 'react';
import { failureOf, type Answer, type Client } from '../../client/client';
import { plural } from '../../components/format';
import { Fold } from '../../components/Fold';
import { useAction } from '../../components/hooks';
import { Icon } from '../../components/Icon';
import { plain } from '../../components/plain';
import { Sentence } from '../../components/Sentence';
import type { Failure, Skill } from '../../protocol';
import type { ScanFinding } from '../skills/pending';
import { Badge, type Mood } from '../skills/Badges';

type Report = Answer<'skills.scan'>;

interface Props {
  client: Client;
  skill: Skill;
  changed: () => void;
}

const VERDICTS: { readonly [verdict: string]: { readonly word: string; readonly mood: Mood } } = {
  clean: { word: 'Nothing found', mood: 'good' },
  review: { word: 'Look before you trust it', mood: 'warn' },
  dangerous: { word: 'Dangerous', mood: 'bad' }
};

const ABILITIES: { readonly [name: string]: string } = {
  network: 'reaches the network',
  secrets: 'reads secrets',
  exec: 'runs programs',
  writes_outside: 'writes outside its folder'
};

const MOST = 100;

export function Scan({ client, skill, changed }: Props): React.ReactElement {
  const [report, setReport] = useState<Report | null>(null);
  const [failure, setFailure] = useState<Failure | null>(null);
  const [asked, setAsked] = useState(0);
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
  const verdict = VERDICTS[report.verdict] ?? { word: report.verdict, mood: 'warn' };
  const able = Object.entries(report.capabilities).filter(([, places]) => places.length > 0);
  return (
    <div className="wb-scan">
      <div className="wb-verdict" data-mood={verdict.mood}>
        <Icon name="shield" />
        <div>
          <b>{plain(verdict.word)}</b>
          <p>{plain(report.advice)}</p>
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
                <b>{ABILITIES[name] ?? plain(name)}</b>{' '}
                <span className="wb-path">{places.map(plain).join(', ')}</span>
              </li>
            ))}
          </ul>
        </section>
      )}
      <section aria-label="Findings">
        <h3>{report.findings.length ? plural(report.findings.length, 'finding') : 'No findings'}</h3>
        <Findings client={client} skill={skill} findings={report.findings} changed={again} />
      </section>
      {report.waived.length > 0 && (
        <Fold className="wb-waived" summary={`${plural(report.waived.length, 'finding')} waived`}>
          {() => <Findings client={client} skill={skill} findings={report.waived} changed={null} />}
        </Fold>
      )}
    </div>
  );
}

interface TrustProps extends Props {
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

const MOODS: { readonly [severity: string]: Mood } = {
  critical: 'bad',
  high: 'bad',
  medium: 'warn',
  low: 'plain',
  info: 'plain'
};

interface FindingsProps {
  client: Client;
  skill: Skill;
  findings: readonly ScanFinding[];
  /** Null: they have been waived. */
  changed: (() => void) | null;
}

function Findings({ client, skill, findings, changed }: FindingsProps): React.ReactElement {
  const [whole, setWhole] = useState(false);
  const shown = findings.slice(0, whole ? undefined : MOST);
  return (
    <>
      <ul className="wb-findings">
        {shown.map((each, i) => (
          <li key={`${each.rule} ${each.file} ${each.line} ${i}`}>
            <p>
              <Badge mood={MOODS[each.severity] ?? 'plain'}>{plain(each.severity)}</Badge>{' '}
              {plain(each.reason)}
            </p>
            <p className="wb-finding-place">
              <span className="wb-path">
                {plain(each.file)}:{each.line}
              </span>
              <small>
                {plain(each.rule)}
                {each.label && ` · ${plain(each.label)}`}
                {each.confidence === 'low' && ' · not sure'}
              </small>
            </p>
            {each.excerpt && (
              <pre tabIndex={0} aria-label="Excerpt">
                {plain(each.excerpt)}
              </pre>
            )}
            {each.remedy && <p className="wb-hint">{plain(each.remedy)}</p>}
            {changed && each.digest && (
              <Waive client={client} skill={skill} finding={each} changed={changed} />
            )}
          </li>
        ))}
      </ul>
      {findings.length > shown.length && (
        <button type="button" className="wb-more" onClick={() => setWhole(true)}>
          Show the other {findings.length - shown.length}
        </button>
      )}
    </>
  );
}

interface WaiveProps {
  client: Client;
  skill: Skill;
  finding: ScanFinding;
  changed: () => void;
}

/** Lets a finding stand, with a reason, for as long as its file stays as it is. */
function Waive({ client, skill, finding, changed }: WaiveProps): React.ReactElement {
  const [open, setOpen] = useState(false);
  const [reason, setReason] = useState('');
  const action = useAction();
  const id = useId();
  const waive = async (event: React.FormEvent): Promise<void> => {
    event.preventDefault();
    const { rule, digest } = finding;
    const ask = { name: skill.name, rule, digest, reason: reason.trim() };
    if (reason.trim() && (await action.run(() => client.call('skills.waive', ask)))) {
      changed();
    }
  };
  if (!open) {
    return (
      <button type="button" className="wb-more" onClick={() => setOpen(true)}>
        Waive…
      </button>
    );
  }
  return (
    <form className="wb-waive" onSubmit={waive} onKeyDown={event => event.key === 'Escape' && setOpen(false)}>
      <label htmlFor={id}>Why may it stand?</label>
      <input
        id={id}
        className="wb-input"
        autoFocus
        value={reason}
        maxLength={500}
        onChange={event => setReason(event.target.value)}
      />
      <button type="submit" className="wb-button" aria-disabled={!reason.trim() || action.busy}>
        Waive
      </button>
      <button type="button" className="wb-button" onClick={() => setOpen(false)}>
        Cancel
      </button>
      {action.failure && <Sentence failure={action.failure} />}
    </form>
  );
}
