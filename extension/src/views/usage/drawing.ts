/**
 * What a view knows of the code that draws charts. The code itself is big, so a place brings it when the first chart is shown;
 * where it cannot be had, a view shows the chart's table.
 */

/** How a chart is to look where it is shown. All colours are `rgb(...)`. */
export interface Look {
  readonly dark: boolean;
  readonly text: string;
  readonly soft: string;
  readonly line: string;
  readonly background: string;
  readonly accent: string;
  readonly font: string;
}

export interface Drawing {
  readonly node: HTMLElement;
  /** The chart as a picture, on the background that it has on the page. */
  png(): Promise<string>;
  dispose(): void;
}

export interface Charts {
  /** Makes a node of a Vega-Lite specification, this many pixels wide. */
  draw(spec: object, look: Look, width: number): Promise<Drawing>;
}
