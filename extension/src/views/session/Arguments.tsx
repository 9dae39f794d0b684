/** What a tool is given, all of it: a change as a difference, a command as a command, the rest by name. */
import React from 'react';
import { Clip } from '../../components/Clip';
import { plain } from '../../components/plain';

interface Props {
  name: string;
  input: { readonly [key: string]: unknown };
  full?: boolean;
}

export function Arguments({ name, input, full }: Props): React.ReactElement | null {
  const entries = Object.entries(input);
  if (!entries.length) {
    return null;
  }
  const { old_string: old, new_string: now } = input;
  const isEdit = typeof old === 'string' && typeof now === 'string';
  return (
    <dl className="wb-arguments" aria-label={`Arguments of ${name}`}>
      {entries
        .filter(([key]) => !isEdit || (key !== 'old_string' && key !== 'new_string'))
        .map(([key, value]) => (
          <Argument key={key} name={key} value={value} full={full} />
        ))}
      {isEdit && (
        <div className="wb-argument wb-wide">
          <dt>change</dt>
          <dd className="wb-change">
            {old && <Side mark="−" label="Removed" text={old} full={full} />}
            {now && <Side mark="+" label="Added" text={now} full={full} />}
          </dd>
        </div>
      )}
    </dl>
  );
}

function Argument({
  name,
  value,
  full
}: {
  name: string;
  value: unknown;
  full?: boolean;
}): React.ReactElement {
  const text = typeof value === 'string' ? value : (JSON.stringify(value, null, 2) ?? String(value));
  const short = text.length <= 160 && !text.includes('\n');
  return (
    <div className={short ? 'wb-argument' : 'wb-argument wb-wide'}>
      <dt>{plain(name)}</dt>
      <dd>{short ? <code>{plain(text)}</code> : <Clip text={text} label={name} full={full} />}</dd>
    </div>
  );
}

interface SideProps {
  mark: string;
  label: string;
  text: string;
  full?: boolean;
}

function Side({ mark, label, text, full }: SideProps): React.ReactElement {
  const lines = text.replace(/\n$/, '').split('\n');
  return (
    <div data-mark={mark}>
      <Clip text={lines.map(line => `${mark} ${line}`).join('\n')} label={label} full={full} />
    </div>
  );
}
