/**
 * One skill: its file as a form and as text, its other files, its versions, what it costs and what it could do.
 *
 * The page shows what lies on the disk; the only thing that is its own is what was typed and not saved. Moving between its
 * parts keeps that.
 */
import React, { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { Client } from '../../client/client';
import { useAction } from '../../components/hooks';
import { Icon } from '../../components/Icon';
import { plain } from '../../components/plain';
import { Sentence } from '../../components/Sentence';
import type { Skill } from '../../protocol';
import type { Host } from '../host';
import { alarmOf } from '../skills/Badges';
import { ConfirmDelete, deleted, DoneBar, type Done } from '../skills/Selection';
import { Budget } from './Budget';
import { Editor } from './Editor';
import { Files } from './Files';
import { Head } from './Head';
import { History } from './History';
import { Scan } from './Scan';
import { Elsewhere, useEditing } from './editing';
import { ConfirmLeave, useLeaveGuard } from './leaving';
import { asPage } from './page';
import { useSaveKey } from './useSaveKey';
import { useSkill, type Reading } from './useSkill';
import { UNSAVED } from './words';

interface Props {
  client: Client;
  params: { readonly [name: string]: string };
  host: Host;
}

const PARTS = ['edit', 'files', 'history', 'budget', 'security'] as const;
type Part = (typeof PARTS)[number];

const PART_WORDS: { readonly [part in Part]: string } = {
  edit: 'Edit',
  files: 'Files',
  history: 'History',
  budget: 'Budget',
  security: 'Security'
};

export function SkillView({ client: given, params, host }: Props): React.ReactElement {
  const client = useMemo(() => asPage(given), [given]);
  const [name, setName] = useState(params.skill);
  const [part, setPart] = useState<Part>(PARTS.find(each => each === params.part) ?? 'edit');
  const [file, setFile] = useState<string | null>(null);
  const [held, setHeld] = useState(false);
  const [leaving, setLeaving] = useState(false);
  const [removing, setRemoving] = useState(false);
  const removal = useAction();
  const [gone, setGone] = useState<Done | null>(null);
  const reading = useSkill(client, name, held || gone !== null);
  const { skill, failure } = reading;
  const editing = useEditing(client, name, skill?.locked ?? false, held);
  const place = useRef<HTMLElement>(null);
  useHeading(place, host);
  const save = useRef<() => Promise<boolean>>(async () => true);
  useSaveKey(place, () => save.current());
  const reload = useCallback(() => {
    reading.reload();
    host.wrote?.();
  }, [reading.reload, host]);
  const take = useCallback(
    (next: Skill) => {
      reading.take(next);
      host.wrote?.();
    },
    [reading.take, host]
  );
  useLeaveGuard(held, host, plain(name), save);
  const keep = (next: { skill: string; part: Part }): void => {
    // A notebook is not changed by being looked at; a tab comes back as it was.
    if (host.place !== 'cell') {
      host.keep?.({ view: 'skill', params: next });
    }
  };
  const show = (next: Part): void => {
    setPart(next);
    keep({ skill: name, part: next });
  };
  const look = (path: string): void => {
    setFile(path);
    show('files');
  };
  const renamed = (next: Skill): void => {
    setName(next.name);
    take(next);
    keep({ skill: next.name, part });
  };
  const remove = (): Promise<boolean> =>
    removal.run(async () => {
      setGone(await deleted(client, [name], () => undefined));
      setRemoving(false);
    });
  const trashed = gone?.undo != null;
  // Whether to leave was asked here: the place does not ask again.
  const leave = (): void => {
    host.unsaved?.(null);
    host.back?.();
  };
  return (
    <section
      className="wb-skill"
      ref={place}
      data-place={host.place ?? 'cell'}
      aria-label={`Skill ${plain(name)}`}
    >
      <Head
        client={client}
        back={host.back && (() => (held ? setLeaving(true) : host.back?.()))}
        name={name}
        skill={trashed ? null : skill}
        held={held}
        renamed={renamed}
        remove={() => setRemoving(true)}
        reload={reload}
        build={host.openWorkflow && (() => host.openWorkflow?.(name))}
        refine={host.openRefine && (() => host.openRefine?.(name))}
        test={host.openTest && (() => host.openTest?.(name))}
      />
      {leaving && held && host.back && (
        <ConfirmLeave save={() => save.current()} leave={leave} cancel={() => setLeaving(false)} />
      )}
      {removing && (
        <ConfirmDelete
          names={[name]}
          busy={held ? UNSAVED : removal.busy ? 'Moving it…' : null}
          confirm={() => void (held || remove())}
          cancel={() => setRemoving(false)}
        />
      )}
      {gone && (
        <DoneBar
          done={gone}
          close={() => (trashed ? leave() : setGone(null))}
          undone={() => {
            setGone(null);
            reload();
          }}
        />
      )}
      {!trashed && failure && !skill && <Missing reading={reading} />}
      {!trashed && failure && skill && <Sentence failure={failure} />}
      {!trashed && !skill && !failure && (
        <p className="wb-hint wb-shimmer wb-skills-wait">Reading the skill…</p>
      )}
      {!trashed && skill && (
        <>
          {editing.elsewhere && <Elsewhere editing={editing} held={held} />}
          <Parts part={part} show={show} skill={skill} />
          <div className="wb-skill-body" role="tabpanel" aria-label={PART_WORDS[part]}>
            {/* Hidden, not taken away: what is typed is kept while another part is looked at. */}
            <div hidden={part !== 'edit'} className="wb-skill-part">
              <Editor
                key={skill.name}
                client={client}
                skill={skill}
                take={take}
                reload={reload}
                hold={setHeld}
                save={save}
                editing={editing}
              />
            </div>
            {part === 'files' && <Files client={client} skill={skill} chosen={file} choose={setFile} />}
            {part === 'history' && <History client={client} skill={skill} held={held} restored={reload} />}
            {part === 'budget' && <Budget client={client} skill={skill} />}
            {part === 'security' && <Scan client={client} skill={skill} changed={reload} look={look} />}
          </div>
        </>
      )}
    </section>
  );
}

/** Who opens a skill is at its name; where it is merely shown among other things, the keyboard stays where it is. */
function useHeading(place: React.RefObject<HTMLElement>, host: Host): void {
  const opened = useRef(host.back !== undefined);
  useEffect(() => {
    const active = document.activeElement;
    const around = active !== document.body && active?.contains(place.current);
    if (opened.current || around) {
      place.current?.querySelector<HTMLElement>('h2')?.focus({ preventScroll: true });
    }
  }, [place]);
}

function Missing({ reading: { failure, reload } }: { reading: Reading }): React.ReactElement | null {
  return failure ? (
    <Sentence failure={failure}>
      <button type="button" className="wb-button" onClick={reload}>
        <Icon name="refresh" /> Look again
      </button>
    </Sentence>
  ) : null;
}

interface PartsProps {
  part: Part;
  show: (part: Part) => void;
  skill: Skill;
}

/** One stop of the Tab key; the arrows choose. */
function Parts({ part, show, skill }: PartsProps): React.ReactElement {
  const onKeyDown = (event: React.KeyboardEvent<HTMLElement>): void => {
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? PARTS.length - 1 : 0;
    if (step) {
      const next = PARTS[(PARTS.indexOf(part) + step) % PARTS.length];
      show(next);
      event.currentTarget.querySelector<HTMLElement>(`[data-part="${next}"]`)?.focus();
      event.preventDefault();
    }
  };
  const errors = skill.diagnostics.filter(({ severity }) => severity === 'error').length;
  const counts: { readonly [part in Part]?: number } = { edit: errors, files: skill.files.length };
  const alarm = alarmOf(skill);
  return (
    <div className="wb-parts" role="tablist" aria-label="Parts of the skill" onKeyDown={onKeyDown}>
      {PARTS.map(each => (
        <button
          key={each}
          type="button"
          role="tab"
          data-part={each}
          aria-selected={each === part}
          tabIndex={each === part ? 0 : -1}
          onClick={() => show(each)}
        >
          {PART_WORDS[each]}
          {Boolean(counts[each]) && (
            <span className="wb-count" data-mood={each === 'edit' ? 'bad' : undefined}>
              {counts[each]}
            </span>
          )}
          {each === 'security' && alarm && (
            <span
              className="wb-count"
              data-mood={alarm.mood}
              role="img"
              aria-label={alarm.word}
              title={alarm.word}
            >
              !
            </span>
          )}
        </button>
      ))}
    </div>
  );
}
