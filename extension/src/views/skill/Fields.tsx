/** The front matter as a form: one box a key, and what is typed in it is marked until it is saved. */
import React, { useId } from 'react';
import { Fold } from '../../components/Fold';
import { plain } from '../../components/plain';
import type { Skill } from '../../protocol';
import { formOf, keyOf, typed, valueOf, type Edits, type Field } from './state';

interface Props {
  skill: Skill;
  edits: Edits;
  change: (edits: Edits) => void;
  /** What the file says is about to be another: going back to it is a change too. */
  saving: boolean;
  /** Why nothing can be typed here now. */
  locked: string | null;
}

export function Fields({ skill, edits, change, saving, locked }: Props): React.ReactElement {
  const form = formOf(skill.fields);
  const filled = form.claude.some(({ path }) => valueOf(skill.fields, path) !== '');
  const boxes = (fields: readonly Field[]): React.ReactElement[] =>
    fields.map(field => (
      <Box
        key={keyOf(field.path)}
        field={field}
        saved={valueOf(skill.fields, field.path)}
        value={edits[keyOf(field.path)]}
        locked={locked !== null}
        change={value =>
          change(
            saving ? { ...edits, [keyOf(field.path)]: value } : typed(edits, skill.fields, field.path, value)
          )
        }
      />
    ));
  return (
    <div className="wb-fields">
      {locked && <p className="wb-hint">{locked}</p>}
      {boxes(form.common)}
      {form.others.length > 0 && (
        <Fold className="wb-fields-more" open summary="Other keys of this file">
          {() => boxes(form.others)}
        </Fold>
      )}
      <Fold className="wb-fields-more" open={filled} summary="For Claude Code">
        {() => boxes(form.claude)}
      </Fold>
      {form.structured.length > 0 && (
        <p className="wb-hint">
          {form.structured.map(plain).join(', ')}: lists and maps are written in the text.
        </p>
      )}
    </div>
  );
}

interface BoxProps {
  field: Field;
  saved: string;
  /** What was typed and not saved. */
  value: string | undefined;
  locked: boolean;
  change: (value: string) => void;
}

function Box({ field, saved, value, locked, change }: BoxProps): React.ReactElement {
  const id = useId();
  const text = value ?? saved;
  const over = field.most !== undefined && text.length > field.most;
  const shared = {
    id,
    className: 'wb-input',
    value: text,
    disabled: locked,
    'aria-describedby': `${id}-says`,
    'aria-invalid': over || undefined
  };
  return (
    <div className="wb-field" data-changed={value !== undefined || undefined}>
      <label htmlFor={id}>
        {plain(field.label)}
        {value !== undefined && <span className="wb-unsaved">not saved</span>}
      </label>
      {field.kind === 'switch' ? (
        <select {...shared} onChange={event => change(event.target.value)}>
          <option value="">as usual</option>
          <option value="true">yes</option>
          <option value="false">no</option>
          {!['', 'true', 'false'].includes(text) && <option value={text}>{plain(text)}</option>}
        </select>
      ) : field.kind === 'text' ? (
        <textarea
          {...shared}
          rows={Math.min(10, Math.max(3, Math.ceil(text.length / 52)))}
          onChange={event => change(event.target.value)}
        />
      ) : (
        <input {...shared} spellCheck={false} onChange={event => change(event.target.value)} />
      )}
      {(field.hint || field.most) && (
        <p className="wb-hint" id={`${id}-says`}>
          {field.hint}{' '}
          {field.most && (
            <span data-problem={over || undefined}>
              {text.length.toLocaleString('en')} of {field.most.toLocaleString('en')} characters.
            </span>
          )}
        </p>
      )}
    </div>
  );
}
