import { describe, expect, it, vi } from 'vitest';
import type { Look } from './drawing';
import { Tip } from './tip';
import { config, draw, mixed, sized } from './vega';

const LOOK: Look = {
  dark: false,
  text: 'rgb(20, 20, 20)',
  soft: 'rgb(90, 90, 90)',
  line: 'rgb(200, 200, 200)',
  background: 'rgb(255, 255, 255)',
  accent: 'rgb(33, 100, 200)',
  font: 'sans-serif'
};

const bars = (values: object[], more: object = {}): object => ({
  $schema: 'https://vega.github.io/schema/vega-lite/v5.json',
  width: 'container',
  height: 60,
  data: { values },
  mark: 'bar',
  encoding: { x: { field: 'day', type: 'ordinal' }, y: { field: 'cost', type: 'quantitative' } },
  ...more
});

describe('a chart', () => {
  it('is drawn from its specification, in the colours of the page', async () => {
    const drawing = await draw(bars([{ day: 'Mon', cost: 1 }]), LOOK, 320);
    expect(drawing.node.querySelector('svg')?.getAttribute('width')).toBe('320');
    expect(drawing.node.innerHTML).toContain('Mon');
    expect(drawing.node.innerHTML).toContain(LOOK.accent);
    drawing.dispose();
  });

  it('is drawn where code may not be made at run time', async () => {
    // The interpreter's reason to be: a page's policy may forbid this.
    vi.stubGlobal('Function', () => {
      throw new EvalError('forbidden');
    });
    try {
      const spec = bars([{ day: 'Mon', cost: 1 }], {
        transform: [{ calculate: 'datum.cost * 2', as: 'twice' }]
      });
      (await draw(spec, LOOK, 320)).dispose();
    } finally {
      vi.unstubAllGlobals();
    }
  });

  it('fetches nothing', async () => {
    const spec = { ...bars([]), data: { url: 'https://example.org/data.json' } };
    const drawing = await draw(spec, LOOK, 320);
    expect(drawing.node.querySelectorAll('.mark-rect path')).toHaveLength(0);
    drawing.dispose();
  });

  it('gets its container’s width as a number, and keeps a width of its own', () => {
    expect(sized({ width: 'container' }, 300)).toMatchObject({ width: 300, autosize: { type: 'fit-x' } });
    expect(sized({}, 300)).toMatchObject({ width: 300 });
    expect(sized({ width: { step: 12 } }, 300)).toEqual({ width: { step: 12 } });
  });

  it('of a calendar has squares, also when there are few weeks or many', () => {
    const weeks = (count: number) => ({
      height: { step: 18 },
      encoding: { x: { scale: { domain: Array(count).fill('') } }, color: {} }
    });
    expect(sized(weeks(5), 600)).toMatchObject({ width: { step: 44 } });
    expect(sized(weeks(53), 660)).toMatchObject({ width: { step: 10 } });
  });

  it('has other colours in the dark', () => {
    const category = (look: Look) => (config(look).range as { category: string[] }).category;
    expect(category(LOOK)).not.toEqual(category({ ...LOOK, dark: true }));
    expect(mixed('rgb(0, 0, 0)', 'rgb(255, 255, 255)', 0.5)).toBe('rgb(128, 128, 128)');
  });
});

describe('what a chart says of a mark', () => {
  it('is text, whatever a model is called', () => {
    const place = document.createElement('div');
    const tip = new Tip(place);
    tip.show(new MouseEvent('mousemove'), { Model: '<img src=x onerror=alert(1)>', Cost: '$1.20' });
    expect(place.querySelector('img')).toBeNull();
    expect(place.textContent).toBe('Model<img src=x onerror=alert(1)>Cost$1.20');
    tip.show(new MouseEvent('mousemove'), null);
    expect(place.children).toHaveLength(0);
  });
});
