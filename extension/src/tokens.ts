import { Token } from '@lumino/coreutils';
import type { Client, Watched } from './client/client';

/** A client of the page's Jupyter Server. */
export type IWorkbenchClient = Client;

export const IWorkbenchClient = new Token<IWorkbenchClient>(
  '@jupyter-workbench/lab:IWorkbenchClient',
  'Runs commands of Workbench and follows its events. Provided by @jupyter-workbench/lab:client in JupyterLab and Notebook 7.'
);

/** What a person has chosen in the settings editor. */
export interface Preferences {
  /** The agent that is offered first; empty: the one in Workbench's own settings. */
  readonly provider: string;
  /** How high a view in a cell may grow, in pixels. */
  readonly cellHeight: number;
  /** Save a notebook once when a session first appears in it. */
  readonly saveNotebook: boolean;
  /** How the library of skills is laid out where nothing else was chosen. */
  readonly skillsLayout: 'grid' | 'list';
}

export type IWorkbenchPreferences = Watched<Preferences>;

export const IWorkbenchPreferences = new Token<IWorkbenchPreferences>(
  '@jupyter-workbench/lab:IWorkbenchPreferences',
  'The choices made in the settings editor, and news of their changes. Provided by @jupyter-workbench/lab:plugin where there is a settings registry.'
);

export const DEFAULTS: Preferences = {
  provider: '',
  cellHeight: 560,
  saveNotebook: true,
  skillsLayout: 'grid'
};
