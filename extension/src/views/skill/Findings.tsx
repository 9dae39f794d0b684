/** The findings of a scan, each with its evidence and what a person may decide about it. */
import React, { useId, useState } from 'react';
import type { Answer, Client } from '../../client/client';
import { plural } from '../../components/format';
import { useAction } from '../../components/hooks';
import { plain } from '../../components/plain';
import { Sentence } from '../../components/Sentence';
import type { ScanFinding } from '../../protocol';
import { Badge, type Mood } from '../skills/Badges';

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
}

export function Findings({ findings, among, waived, ...given }: Props): React.ReactElement {
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

/** A waiver is of a rule in a file. */
const isAlike = (a: ScanFinding, b: ScanFinding): boolean => a.rule === b.rule && a.digest === b.digest;

interface DecisionProps extends Pick<Props, 'client' | 'skill' | 'decided'> {
  finding: ScanFinding;
}

/** Lets a finding stand, with a reason, for as long as its file stays as it is. */
function Waive({
  client,
  skill,
  finding: { rule, digest },
  alike,
  decided
}: DecisionProps & { alike: number }): React.ReactElement {
  const [open, setOpen] = useState(false);
  const [reason, setReason] = useState('');
  const action = useAction();
  const id = useId();
  const waive = async (event: React.FormEvent): Promise<void> => {
    event.preventDefault();
    const ask = { name: skill, rule, digest, reason: reason.trim() };
    if (ask.reason) {
      await action.run(async () => decided(await client.call('skills.waive', ask)));
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
        aria-describedby={`${id}-says`}
        onChange={event => setReason(event.target.value)}
      />
      <button type="submit" className="wb-button" aria-disabled={!reason.trim() || action.busy}>
        Waive
      </button>
      <button type="button" className="wb-button" onClick={() => setOpen(false)}>
        Cancel
      </button>
      <p className="wb-hint" id={`${id}-says`}>
        {alike > 1 && `With it the other ${plural(alike - 1, 'finding')} of this rule in this file. `}
        It holds until a byte of the file changes.
      </p>
      {action.failure && <Sentence failure={action.failure} />}
    </form>
  );
}

function Withdraw({ client, skill, finding: { rule, digest }, decided }: DecisionProps): React.ReactElement {
  const action = useAction();
  const withdraw = async (): Promise<void> => {
    const ask = { name: skill, rule, digest, withdraw: true };
    await action.run(async () => decided(await client.call('skills.waive', ask)));
  };
  return (
    <>
      <button type="button" className="wb-more" aria-disabled={action.busy} onClick={() => void withdraw()}>
        Take the waiver back
      </button>
      {action.failure && <Sentence failure={action.failure} />}
    </>
  );
}
