/**
 * A new skill: one question, then what was suggested from its answer; made, it is researched while the person is interviewed.
 *
 * Nothing is paid by making it. The interview is saved as it is written, so the page may be left at any time and comes back
 * as it was; the questions that the research finds are answered in the workflow, which is one click away.
 */
import React, { useState } from 'react';
import type { Client } from '../../client/client';
import { Icon } from '../../components/Icon';
import { plain } from '../../components/plain';
import { Back, Frame, inPlace, Unread } from '../Frame';
import type { Host } from '../host';
import { Driver } from '../workflow/Driver';
import { Next } from '../workflow/Next';
import { isUnbuilt, Unbuilt } from '../workflow/Unbuilt';
import { useDriver } from '../workflow/useDriver';
import { heldElsewhere, useWorkflow, type Work } from '../workflow/useWorkflow';
import { WorkflowView } from '../workflow/WorkflowView';
import { Form } from './Form';
import { Interviewing } from './Interviewing';
import { SaidAnew } from './SaidAnew';

interface Props {
  client: Client;
  params: { readonly [name: string]: string };
  host: Host;
}

export function NewSkillView({ client, params, host }: Props): React.ReactElement {
  const [skill, setSkill] = useState(params.skill ?? '');
  const [inside, setInside] = useState(false);
  const made = (name: string): void => {
    setSkill(name);
    // A notebook is not changed by being looked at; a tab comes back as it was.
    if (host.place !== 'cell') {
      host.keep?.({ view: 'new-skill', params: { skill: name } });
    }
  };
  if (inside) {
    return <WorkflowView client={client} params={{ skill }} host={inPlace(host, () => setInside(false))} />;
  }
  const build = (): void => (host.openWorkflow ? host.openWorkflow(skill) : setInside(true));
  return (
    <Frame className="wb-skills wb-newskill" label="New skill" host={host}>
      <header className="wb-header">
        <Back host={host} />
        <h2 tabIndex={-1}>{skill ? plain(skill) : 'New skill'}</h2>
      </header>
      <div className="wb-newskill-body">
        {skill ? (
          <Begun key={skill} client={client} skill={skill} host={host} build={build} />
        ) : (
          <Form client={client} host={host} example={params.example} made={made} />
        )}
      </div>
    </Frame>
  );
}

interface BegunProps {
  client: Client;
  skill: string;
  host: Host;
  /** Goes on to the workflow. */
  build: () => void;
}

/** It is made: the research is begun from here, and the person says the rest while it runs. */
function Begun({ client, skill, host, build }: BegunProps): React.ReactElement {
  const workflow = useWorkflow(client, skill);
  const { state, failure, reload } = workflow;
  const driven = useDriver(client, host, Boolean(state?.example));
  if (isUnbuilt(failure)) {
    return <Unbuilt client={client} skill={skill} host={host} />;
  }
  if (!state) {
    return failure ? (
      <Unread failure={failure} reload={reload} />
    ) : (
      <p className="wb-hint wb-shimmer">Reading the skill…</p>
    );
  }
  const { driving, unable } = driven;
  const work: Work = {
    ...workflow,
    state,
    definition: null,
    driving,
    unable,
    readOnly: heldElsewhere(state)
  };
  const researching = state.next === 'wait';
  return (
    <>
      <div className="wb-newskill-drive">
        <span className="wb-hint">{plain(state.title)}</span>
        <span className="wb-spring" />
        <Driver driven={driven} />
        <button type="button" className="wb-button" onClick={build}>
          <Icon name="list" /> All steps
        </button>
      </div>
      <Next work={work} shown={undefined} show={build} started={() => undefined} />
      <p className="wb-hint">
        {researching
          ? 'While the agent looks things up, say what only you can know. It is saved as you write.'
          : 'Say what only you can know: it makes the questions better, and tests of the skill are made of it.'}
      </p>
      {state.intake_failure ? (
        <SaidAnew workflow={workflow} failure={state.intake_failure} host={host} readOnly={work.readOnly} />
      ) : (
        <Interviewing
          client={client}
          skill={skill}
          intake={state.intake}
          host={host}
          readOnly={work.readOnly}
          take={workflow.take}
        />
      )}
    </>
  );
}
