/**
 * Draws Vega-Lite specifications: the one file that loads Vega, and hence the beginning of a chunk of its own.
 *
 * Expressions are interpreted, never compiled, so no page needs to allow `eval`; nothing is fetched; and what a chart says
 * in a tip is text, because names in it come from transcripts.
 */
import { loader, parse, View, type Config, type TooltipHandler } from 'vega';
import { expressionInterpreter } from 'vega-interpreter';
import { compile, type TopLevelSpec } from 'vega-lite';
import type { Drawing, Look } from './drawing';
import { Tip } from './tip';

/** Colours that can be told apart, also by most who see colours otherwise, on a bright page and on a dark one. */
const BRIGHT = ['#3b6fd4', '#e08a1e', '#2a9d8f', '#b5479b', '#7a9a2e', '#d1495b', '#6c5fc7', '#8d7b68'];
const DARK = ['#7aa2f7', '#f0a858', '#4ec9b8', '#d98cc8', '#a9c95e', '#f07f8d', '#a79bf0', '#c2b29f'];

/** A PNG has this many pixels for one of the page's: sharp on paper and on any screen. */
const PNG_SCALE = 2;

export async function draw(spec: object, look: Look, width: number): Promise<Drawing> {
  const { spec: compiled } = compile(sized(spec, width), { config: config(look) as never, logger: SILENT });
  const node = document.createElement('div');
  const canvas = document.createElement('div');
  node.className = 'wb-drawing';
  node.append(canvas);
  const tip = new Tip(node);
  const tell: TooltipHandler = (_handler, event, _item, value) => tip.show(event as MouseEvent, value);
  const view = new View(parse(compiled, undefined, { ast: true }), {
    // The page's policy may forbid code that is made at run time.
    expr: expressionInterpreter,
    loader: SHUT,
    logger: SILENT,
    renderer: 'svg',
    container: canvas,
    hover: true,
    tooltip: tell
  } as never);
  await view.runAsync();
  return {
    node,
    png: () => view.background(look.background).toImageURL('png', PNG_SCALE),
    dispose: () => {
      tip.hide();
      view.finalize();
    }
  };
}

/**
 * A specification with a width in pixels: it has none of its own, and Vega itself would look only at the window's size. A
 * calendar's squares do not grow to bars.
 */
export function sized(spec: object, width: number): TopLevelSpec {
  const { width: own, height, encoding } = spec as Sized;
  const columns = encoding?.x?.scale?.domain?.length;
  if (own !== undefined && own !== 'container') {
    return spec as TopLevelSpec;
  }
  if (columns && typeof height === 'object' && encoding?.color) {
    const step = Math.min(MOST_STEP, Math.floor((width - BESIDE_SQUARES) / columns));
    return { ...spec, width: { step: Math.max(2, step) } } as TopLevelSpec;
  }
  return { ...spec, width, autosize: { type: 'fit-x', contains: 'padding' } } as TopLevelSpec;
}

interface Sized {
  width?: unknown;
  height?: unknown;
  encoding?: { x?: { scale?: { domain?: unknown[] } }; color?: unknown };
}

const MOST_STEP = 44;
/** What a calendar's days of the week and its legend take. */
const BESIDE_SQUARES = 130;

const refuse = (): never => {
  throw new Error('A chart has its data with it; nothing is fetched for it.');
};

const SHUT = { ...loader(), load: refuse, sanitize: refuse, http: refuse, file: refuse };

/** What a chart has to say of its own data (an empty scale, say) is no news to a person. */
const SILENT = {
  level: () => SILENT,
  error: () => SILENT,
  warn: () => SILENT,
  info: () => SILENT,
  debug: () => SILENT
} as never;

/** Colours and type of the place. What a specification itself says wins. */
export function config(look: Look): Config {
  const words = { labelColor: look.soft, titleColor: look.soft, labelFont: look.font, titleFont: look.font };
  return {
    background: 'transparent',
    font: look.font,
    axis: {
      ...words,
      domainColor: look.line,
      gridColor: look.line,
      tickColor: look.line,
      labelFontSize: 11,
      titleFontSize: 11,
      titleFontWeight: 'normal',
      gridOpacity: 0.6,
      labelSeparation: 12
    },
    legend: {
      ...words,
      labelColor: look.text,
      labelFontSize: 11,
      titleFontSize: 11,
      titleFontWeight: 'normal'
    },
    header: words,
    title: { color: look.text, font: look.font, fontSize: 13, fontWeight: 'normal' },
    text: { color: look.text, font: look.font },
    mark: { color: look.accent },
    bar: { color: look.accent, fill: look.accent },
    rule: { color: look.soft },
    view: { stroke: 'transparent' },
    range: {
      category: look.dark ? DARK : BRIGHT,
      ramp: ramp(look),
      heatmap: ramp(look),
      ordinal: ramp(look)
    }
  } as Config;
}

/** From hardly anything to the accent. */
const ramp = ({ accent, background }: Look): string[] =>
  [0.12, 0.35, 0.6, 0.8, 1].map(share => mixed(accent, background, share));

/** So much of one `rgb(...)` colour, the rest of another. */
export function mixed(a: string, b: string, share: number): string {
  const [from, to] = [channels(b), channels(a)];
  return `rgb(${from.map((value, i) => Math.round(value + (to[i] - value) * share)).join(', ')})`;
}

const channels = (colour: string): number[] =>
  (colour.match(/[\d.]+/g) ?? ['0', '0', '0']).slice(0, 3).map(Number);
