/** The findings of a scan, each with its evidence and what a person may decide about it. */
import React, { useId, useState } from 'react';
import type { Answer, Client } from '../../client/client';
import { plural } from '../../components/format';
import { useAction } from '../../components/hooks';
import { plain } from '../../components/plain';
import { Sentence } from '../../components/Sentence';
import type { ScanFinding, WaiverOfFinding } from '../../protocol';
import { Badge, type Mood } from '../skills/Badges';
import { classOf, dayOf } from './words';

const MOODS: { readonly [severity: string]: Mood } = {
  critical: 'bad',
  high: 'bad',
  medium: 'warn',
  low: 'plain',
  info: 'plain'
};

const MOST = 100;

interface Props {
  client: Client;
  skill: string;
  findings: readonly ScanFinding[];
  /** All that the report has, of which these are some. */
  among: readonly ScanFinding[];
  /** A person lets them stand. */
  waived?: boolean;
  /** What was decided has this report. */
  decided: (report: Answer<'skills.waive'>) => void;
  /** Shows a file of the skill. */
  look: (path: string) => void;
}

export function Findings({ findings, among, waived, look, ...given }: Props): React.ReactElement {
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
              <Place file={each.file} look={look}>
                {plain(each.file)}:{each.line}
              </Place>
              <small>
                {plain(each.rule)}
                {each.label && (
                  <>
                    {' · '}
                    <span title={`${plain(each.label)} of the OWASP Agentic Skills Top 10`}>
                      {classOf(each.label)}
                    </span>
                  </>
                )}
                {each.confidence === 'low' && ' · not sure'}
              </small>
            </p>
            {each.excerpt && (
              <pre role="group" aria-label="Excerpt">
                {plain(each.excerpt)}
              </pre>
            )}
            {each.remedy && <p className="wb-hint">{plain(each.remedy)}</p>}
            {each.waiver && <Reason waiver={each.waiver} ended={!waived} />}
            {each.digest &&
              (waived ? (
                <Withdraw {...given} finding={each} />
              ) : (
                <Waive {...given} finding={each} alike={among.filter(other => isAlike(each, other)).length} />
              ))}
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

/** Where it was found; it leads to the file. */
export function Place({
  file,
  look,
  children
}: {
  file: string;
  look: (path: string) => void;
  children: React.ReactNode;
}): React.ReactElement {
  return (
    <button type="button" className="wb-more wb-path" title="Show the file" onClick={() => look(file)}>
      {children}
    </button>
  );
}

/** Why a person let it stand, since when and until when. */
function Reason({ waiver, ended }: { waiver: WaiverOfFinding; ended: boolean }): React.ReactElement {
  const { reason, created_at: since, expires_at: until } = waiver;
  const end = until === null ? 'until its file changes' : `until ${dayOf(until)}`;
  return (
    <p className="wb-reason">
      <b>{ended ? `It stood ${end}:` : `It may stand since ${dayOf(since)}, ${end}:`}</b> {plain(reason)}
    </p>
  );
}

/** A waiver is of a rule in a file. */
const isAlike = (a: ScanFinding, b: ScanFinding): boolean => a.rule === b.rule && a.digest === b.digest;

interface DecisionProps extends Pick<Props, 'client' | 'skill' | 'decided'> {
  finding: ScanFinding;
}

/** Lets a finding stand, with a reason, for as long as its file stays as it is. */
function Waive({
  client,
  skill,
  finding: { rule, digest, file, line },
  alike,
  decided
}: DecisionProps & { alike: number }): React.ReactElement {
  const [open, setOpen] = useState(false);
  const [reason, setReason] = useState('');
  const [day, setDay] = useState('');
  const action = useAction();
  const id = useId();
  const waive = async (event: React.FormEvent): Promise<void> => {
    event.preventDefault();
    const end = day ? { expires: new Date(`${day}T23:59:59`).toISOString() } : {};
    const ask = { name: skill, rule, digest, reason: reason.trim(), ...end };
    if (ask.reason) {
      await action.run(async () => decided(await client.call('skills.waive', ask)));
    }
  };
  if (!open) {
    return (
      <button
        type="button"
        className="wb-more"
        aria-label={`Let it stand… ${plain(rule)} in ${plain(file)}, line ${line}`}
        onClick={() => setOpen(true)}
      >
        Let it stand…
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
        aria-describedby={`${id}-says`}
        onChange={event => setReason(event.target.value)}
      />
      <label htmlFor={`${id}-end`}>Until (optional)</label>
      <input
        id={`${id}-end`}
        type="date"
        className="wb-input"
        value={day}
        min={dayOf(new Date().toISOString())}
        onChange={event => setDay(event.target.value)}
      />
      <button type="submit" className="wb-button" aria-disabled={!reason.trim() || action.busy}>
        Let it stand
      </button>
      <button type="button" className="wb-button" onClick={() => setOpen(false)}>
        Cancel
      </button>
      <p className="wb-hint" id={`${id}-says`}>
        {alike > 1 && `With it the other ${plural(alike - 1, 'finding')} of this rule in this file. `}
        It counts again when a byte of the file changes{day && ', or after that day'}.
      </p>
      {action.failure && <Sentence failure={action.failure} />}
    </form>
  );
}

function Withdraw({ client, skill, finding, decided }: DecisionProps): React.ReactElement {
  const { rule, digest, file, line } = finding;
  const action = useAction();
  const withdraw = async (): Promise<void> => {
    const ask = { name: skill, rule, digest, withdraw: true };
    await action.run(async () => decided(await client.call('skills.waive', ask)));
  };
  return (
    <>
      <button
        type="button"
        className="wb-more"
        aria-label={`Let it stand no longer: ${plain(rule)} in ${plain(file)}, line ${line}`}
        aria-disabled={action.busy}
        onClick={() => void withdraw()}
      >
        Let it stand no longer
      </button>
      {action.failure && <Sentence failure={action.failure} />}
    </>
  );
}
