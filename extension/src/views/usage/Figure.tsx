/**
 * One chart with what belongs to it: its table, its picture and its data as files.
 *
 * The chart is a picture to a screen reader and says its gist; the table says the same in full. Where charts cannot be drawn, or
 * one cannot be loaded, the table stands in its place.
 */
import React, { useEffect, useId, useRef, useState } from 'react';
import { failureOf, type Client, type Request } from '../../client/client';
import { useAction } from '../../components/hooks';
import { Icon } from '../../components/Icon';
import { Sentence } from '../../components/Sentence';
import type { Failure } from '../../protocol';
import type { Host } from '../host';
import type { Drawing } from './drawing';
import { saveUrl } from './exports';
import { useAnswer } from './useAnswer';
import { useLook } from './useLook';
import { useWidth } from './useWidth';

interface Props {
  client: Client;
  host: Host;
  title: string;
  /** What the chart shows, in a sentence. */
  gist: string;
  ask: Request<'usage.chart'>;
  stamp: number;
  table: () => React.ReactNode;
  /** Gives the table as a file. */
  csv?: () => void;
  pictureName: string;
  /** How much of a row it takes where there is room. */
  size: 'whole' | 'half' | 'third';
}

export function Figure({ title, size, table, csv, ...props }: Props): React.ReactElement {
  const { client, host, ask, stamp } = props;
  const id = useId();
  const [tabled, setTabled] = useState(false);
  const drawing = useRef<Drawing | null>(null);
  const picture = useAction();
  const { answer, failure } = useAnswer(client, 'usage.chart', ask, stamp);
  const [broken, setBroken] = useState<Failure | null>(null);
  // Another specification is another try.
  useEffect(() => setBroken(null), [answer]);
  const why = broken ?? (answer ? null : failure);
  const asTable = tabled || !host.charts || why !== null;
  const png = async (): Promise<void> => {
    if (drawing.current) {
      saveUrl(props.pictureName, await drawing.current.png());
    }
  };
  return (
    <section className="wb-figure" data-size={size} aria-labelledby={id}>
      <header>
        <h3 id={id}>{title}</h3>
        <span className="wb-spring" />
        {host.charts && !why && (
          <Tool
            icon="table"
            word={`${title}: show as a table`}
            pressed={tabled}
            act={() => setTabled(!tabled)}
          />
        )}
        {csv && <Tool icon="download" word={`${title}: download as CSV`} text="CSV" act={csv} />}
        {!asTable && (
          <Tool icon="download" word={`${title}: download as PNG`} text="PNG" act={() => picture.run(png)} />
        )}
      </header>
      {why && <Sentence failure={why} />}
      {picture.failure && <Sentence failure={picture.failure} />}
      {asTable ? (
        table()
      ) : (
        <Chart spec={answer?.spec ?? null} drawing={drawing} fail={setBroken} title={title} {...props} />
      )}
    </section>
  );
}

export function Tool({
  icon,
  word,
  text,
  pressed,
  act
}: {
  icon: 'table' | 'download' | 'refresh';
  word: string;
  text?: string;
  pressed?: boolean;
  act: () => void;
}): React.ReactElement {
  return (
    <button
      type="button"
      className="wb-quiet wb-tool-button"
      aria-label={word}
      title={word}
      aria-pressed={pressed}
      onClick={act}
    >
      <Icon name={icon} />
      {text}
    </button>
  );
}

interface ChartProps extends Pick<Props, 'host' | 'gist'> {
  title: string;
  spec: object | null;
  drawing: React.MutableRefObject<Drawing | null>;
  fail: (failure: Failure | null) => void;
}

function Chart({ host, spec, title, gist, drawing, fail }: ChartProps): React.ReactElement {
  const frame = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLDivElement>(null);
  const look = useLook(frame);
  const width = useWidth(frame);
  const text = JSON.stringify(spec);
  useEffect(() => {
    if (!look || !width || text === 'null') {
      return;
    }
    let current = true;
    let drawn: Drawing | null = null;
    const draw = async (): Promise<void> => {
      const charts = await host.charts?.();
      const made = await charts?.draw(JSON.parse(text), look, width);
      if (current && made) {
        canvas.current?.replaceChildren(made.node);
        drawing.current = drawn = made;
      } else {
        made?.dispose();
      }
    };
    draw().catch(error => current && fail(undrawn(error)));
    return () => {
      current = false;
      drawing.current = null;
      drawn?.dispose();
    };
    // The host's object may be made anew by each render; how it draws does not change.
  }, [text, look, width, drawing, fail]);
  return (
    <div className="wb-chart" ref={frame}>
      <div ref={canvas} role="img" aria-label={described(spec) ?? `${title}. ${gist}`} />
      {!spec && <span className="wb-spinner" role="presentation" />}
    </div>
  );
}

/** What a specification says of itself: from when to when, how much, and what is not in it. */
const described = (spec: object | null): string | null =>
  (spec as { description?: string } | null)?.description ?? null;

const undrawn = (error: unknown): Failure => ({
  ...failureOf(error),
  message: `This chart cannot be drawn: ${failureOf(error).message}`,
  remedy: 'The table has the same figures. Reload the page to try the chart again.'
});
