/** What the place where a view is mounted can do for it. A place offers what it has: in a plain notebook, nothing. */
import type { Evidence, View } from '../protocol';
import type { Charts } from './usage/drawing';

/** What was typed and would be lost. */
export interface Unsaved {
  /** What it belongs to, as the screen calls it. */
  readonly name: string;
  /** True when it is saved; else the view says why not. Not there: it is kept nowhere before it is sent. */
  save?(): Promise<boolean>;
}

/** Pages beside the library: of marketplaces, and of where skills are installed. */
export type Page = 'marketplace' | 'installs';

export interface Host {
  /** `cell`: as high as its content, up to a limit; `page`: fills its place; `side`: a narrow page. */
  readonly place?: 'cell' | 'page' | 'side';
  /** `elsewhere`: turns are begun by what is around the view, which offers that itself. */
  readonly turns?: 'here' | 'elsewhere';
  /** Shows a session where there is room for it. */
  openSession?(session: string, title: string): void;
  /** Shows a skill's page where there is room for it. */
  openSkill?(skill: string): void;
  /** Shows how a skill is built, step by step, where there is room for it. */
  openWorkflow?(skill: string): void;
  /** Shows a conversation that makes a skill better, with a message to begin with if there is one. */
  openRefine?(skill: string, message?: string): void;
  /** Shows the tests of a skill where there is room for them. */
  openTest?(skill: string): void;
  /** Asks what a new skill is to be, where there is room for that. */
  openNewSkill?(): void;
  /** The cells that are selected in the notebook that was used last. */
  cells?(): Promise<readonly Evidence[]>;
  /** Puts a cell into the notebook that was used last, or a new one, and gives its path; null where there can be none. */
  insertCell?(source: string): Promise<string | null>;
  /** Shows another page of skills where there is room for it. */
  openPage?(page: Page): void;
  /** Keeps what the view shows from now on, for the next time that it is mounted. */
  keep?(view: View): void;
  /** There is something typed and not saved, or, with null, nothing any more: whoever closes the place asks first. */
  unsaved?(work: Unsaved | null): void;
  /** The view has changed the file that the place is about. */
  wrote?(): void;
  /** All turns that the view shows have ended; `watched`: at least one of them while the view was there. */
  settled?(runs: readonly string[], watched: boolean): void;
  /** Leaves this view for the one before it. */
  back?(): void;
  /** Brings the code that draws charts, which is not loaded before a chart is to be shown. */
  charts?(): Promise<Charts>;
  /** The provider that a person chose as the usual one. */
  readonly provider?: string;
  /** How a person wants skills laid out where nothing else was chosen. */
  readonly skillsLayout?: 'grid' | 'list';
}
