/**
 * Does the skill help? One prompt, an agent with it and one without, and a person who may judge before being told.
 *
 * A difference is only shown where a model was measured; what is replayed shows its texts and says what they are.
 */
import React, { useState } from 'react';
import type { Client } from '../../client/client';
import { useAction } from '../../components/hooks';
import { Icon } from '../../components/Icon';
import { plain } from '../../components/plain';
import { Sentence } from '../../components/Sentence';
import type { SkillTest } from '../../protocol';
import { Back, Frame, inPlace, Unread } from '../Frame';
import type { Host } from '../host';
import { RefineView } from '../refine/RefineView';
import { Begin } from './Begin';
import { Earlier } from './Earlier';
import { Result } from './Result';
import { Rounds } from './Rounds';
import { useTests, type Tests } from './useTests';
import { isAtWork } from './words';

interface Props {
  client: Client;
  params: { readonly [name: string]: string };
  host: Host;
}

export function SkillTestView({ client, params, host }: Props): React.ReactElement {
  const { skill } = params;
  const tests = useTests(client, skill, params.test);
  const [message, setMessage] = useState<string | null>(null);
  const [again, setAgain] = useState(params.prompt ?? '');
  const { shown, failure } = tests;
  if (message !== null) {
    return (
      <RefineView client={client} params={{ skill, message }} host={inPlace(host, () => setMessage(null))} />
    );
  }
  const show = (id: string | null): void => {
    tests.show(id);
    // A notebook is not changed by being looked at; a tab comes back as it was.
    if (host.place !== 'cell') {
      host.keep?.({ view: 'skill-test', params: id ? { skill, test: id } : { skill } });
    }
  };
  const refine = async ({ id }: SkillTest): Promise<void> => {
    const reply = await client.call('skill_test.refine_from', { id });
    if (host.openRefine) {
      host.openRefine(skill, reply.message);
    } else {
      setMessage(reply.message);
    }
  };
  return (
    <Frame className="wb-skills wb-test" label={`Testing ${plain(skill)}`} host={host}>
      <header className="wb-header">
        <Back host={host} />
        <h2 tabIndex={-1}>Test {plain(skill)}</h2>
        <span className="wb-spring" />
        {shown && (
          <button type="button" className="wb-button" onClick={() => show(null)}>
            <Icon name="plus" /> New test
          </button>
        )}
      </header>
      {failure && <Unread failure={failure} reload={tests.reload} />}
      <div className="wb-test-body">
        <Earlier tests={tests.tests ?? []} shown={shown?.id ?? null} show={show} />
        <div className="wb-test-main">
          {!tests.tests && !failure && <p className="wb-hint wb-shimmer">Reading the tests…</p>}
          {tests.tests && !shown && (
            <Begin key={again} client={client} skill={skill} host={host} tests={tests} prompt={again} />
          )}
          {shown && (
            <Looked
              key={shown.id}
              test={shown}
              tests={tests}
              host={host}
              refine={refine}
              repeat={() => {
                setAgain(shown.prompt);
                show(null);
              }}
            />
          )}
        </div>
      </div>
    </Frame>
  );
}

interface LookedProps {
  test: SkillTest;
  tests: Tests;
  host: Host;
  refine: (test: SkillTest) => Promise<void>;
  repeat: () => void;
}

/** One test as it stands. */
function Looked({ test, tests, host, refine, repeat }: LookedProps): React.ReactElement {
  const action = useAction();
  const stop = useAction();
  const settle = useAction();
  const over = test.status === 'completed' || test.status === 'error';
  return (
    <>
      <blockquote className="wb-test-prompt" aria-label="Prompt" tabIndex={0}>
        {plain(test.prompt)}
      </blockquote>
      <Result test={test} />
      {isAtWork(test) && (
        <div className="wb-buttons">
          <button
            type="button"
            className="wb-button wb-stop"
            aria-disabled={stop.busy}
            onClick={() => void stop.run(tests.stop)}
          >
            <Icon name="stop" /> {stop.busy ? 'Stopping…' : 'Stop the test'}
          </button>
        </div>
      )}
      {stop.failure && <Sentence failure={stop.failure} />}
      {over && (
        <div className="wb-buttons">
          {test.left && (
            <button
              type="button"
              className="wb-button"
              aria-disabled={settle.busy}
              onClick={() => void settle.run(tests.settle)}
            >
              <Icon name="resume" /> {settle.busy ? 'Going on…' : 'Go on with this test'}
            </button>
          )}
          <button
            type="button"
            className="wb-button wb-primary"
            aria-disabled={action.busy}
            onClick={() => void action.run(() => refine(test))}
          >
            <Icon name="edit" /> Refine with this
          </button>
          <button type="button" className="wb-button" onClick={repeat}>
            <Icon name="refresh" /> Test the same again…
          </button>
        </div>
      )}
      {settle.failure && <Sentence failure={settle.failure} />}
      {action.failure && <Sentence failure={action.failure} />}
      <Rounds test={test} tests={tests} host={host} />
    </>
  );
}
