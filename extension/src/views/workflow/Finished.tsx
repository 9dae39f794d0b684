/** The skill is built: to be used at once, to be packed, to be looked at. */
import React, { useState } from 'react';
import { copied } from '../../components/clipboard';
import { useAction } from '../../components/hooks';
import { Icon } from '../../components/Icon';
import { plain } from '../../components/plain';
import { Sentence } from '../../components/Sentence';
import type { Packaged, UsedNow } from '../../protocol';
import type { Host } from '../host';
import { PAGE } from '../../client/page';
import { Onward } from './Kept';
import type { Work } from './useWorkflow';
import { bytes } from './words';

interface Used extends UsedNow {
  /** The notebook that the cell was put into, if there was one. */
  readonly notebook: string | null;
  readonly copied: boolean;
}

export function Finished({ work, host }: { work: Work; host: Host }): React.ReactElement {
  const { client, skill, state, reload, readOnly } = work;
  const [used, setUsed] = useState<Used | null>(null);
  const [packed, setPacked] = useState<Packaged | null>(null);
  const action = useAction();
  const use = (): Promise<boolean> =>
    action.run(async () => {
      const found = await client.call('workflow.use_now', { skill });
      const notebook = (await host.insertCell?.(found.cell)) ?? null;
      setUsed({ ...found, notebook, copied: !notebook && (await copied(found.cell)) });
    });
  const pack = (anyway: boolean): Promise<boolean> =>
    action.run(async () => {
      setPacked(await client.call('workflow.package', { skill, instance: PAGE, anyway }));
      reload();
    });
  const asked = action.failure?.facts?.reason === 'recorded';
  return (
    <section className="wb-finished" aria-label="What now">
      <div className="wb-buttons">
        <button
          type="button"
          className="wb-button wb-primary"
          aria-disabled={action.busy}
          onClick={() => void use()}
        >
          <Icon name="resume" /> Use it now
        </button>
        {!readOnly && (
          <button
            type="button"
            className="wb-button"
            aria-disabled={action.busy}
            onClick={() => void pack(asked)}
          >
            <Icon name="download" /> {asked ? 'Pack it anyway' : state.package ? 'Pack it again' : 'Pack it'}
          </button>
        )}
        <Onward skill={skill} host={host} />
      </div>
      {action.failure && <Sentence failure={action.failure} />}
      {used && <Cell used={used} />}
      {(packed?.path ?? state.package) && (
        <p className="wb-hint" role="status">
          Packed: <code className="wb-path">{plain(packed?.path ?? state.package ?? '')}</code>
          {packed && ` (${bytes(packed.size)})`}
        </p>
      )}
      {packed?.warnings.map(each => (
        <p key={each} className="wb-hint">
          <Icon name="warning" /> {plain(each)}
        </p>
      ))}
    </section>
  );
}

/** Where the cell is, or what to put into one; and where else the skill can be used now. */
function Cell({ used }: { used: Used }): React.ReactElement {
  const { cell, installed, notebook } = used;
  const [done, setDone] = useState(used.copied);
  return (
    <div className="wb-use" role="status" aria-label="A cell that uses it">
      <p>
        {notebook ? (
          <>
            The cell is in <code className="wb-path">{plain(notebook)}</code>. Say in it what is to be done:
          </>
        ) : (
          'Put this into a new cell, and say what is to be done:'
        )}
      </p>
      <pre tabIndex={0}>{plain(cell)}</pre>
      {!notebook && (
        <button
          type="button"
          className="wb-button"
          onClick={() => void copied(cell).then(found => setDone(found))}
        >
          <Icon name={done ? 'check' : 'read'} /> {done ? 'Copied' : 'Copy'}
        </button>
      )}
      {installed.length > 0 && (
        <p className="wb-hint">
          It was also installed for the agents found on this machine:{' '}
          {installed.map((each, i) => (
            <React.Fragment key={each}>
              {i > 0 && ', '}
              <code className="wb-path">{plain(each)}</code>
            </React.Fragment>
          ))}
        </p>
      )}
    </div>
  );
}
