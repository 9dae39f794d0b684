/** The commands that are not a view's own, and all of ours in the palette. */
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, InputDialog, Notification } from '@jupyterlab/apputils';
import { ITranslator, nullTranslator, type TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';
import { failureOf, type Client } from '../client/client';
import type { SessionRow } from '../protocol';
import { IWorkbenchClient } from '../tokens';
import { firstLine } from '../components/format';
import { isLive } from '../views/sessions/state';
import { agentIcon } from './icon';
import { CATEGORY, CommandIds, PACKAGE } from './ids';
import { SESSION_ARGS } from './panel';

export const palettePlugin: JupyterFrontEndPlugin<void> = {
  id: `${PACKAGE}:palette`,
  description: 'Commands to start, stop and close agent sessions.',
  autoStart: true,
  requires: [IWorkbenchClient],
  optional: [ICommandPalette, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    client: IWorkbenchClient,
    palette: ICommandPalette | null,
    translator: ITranslator | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('workbench');
    const sessions = new SessionCommands(app.commands, client, trans);
    app.commands.addCommand(CommandIds.newSession, {
      label: args => (args.isLauncher ? trans.__('Agent') : trans.__('New Agent Session')),
      caption: trans.__('Start an agent and watch it work'),
      icon: agentIcon,
      describedBy: { args: NEW_ARGS },
      execute: args => sessions.start(args)
    });
    app.commands.addCommand(CommandIds.stopSession, {
      label: trans.__('Stop the Agent of a Session'),
      describedBy: { args: SESSION_ARGS },
      execute: args => sessions.stop(args)
    });
    app.commands.addCommand(CommandIds.endSession, {
      label: trans.__('Close an Agent Session'),
      describedBy: { args: SESSION_ARGS },
      execute: args => sessions.end(args)
    });
    const { newSession, showPanel, stopSession, endSession } = CommandIds;
    for (const command of [newSession, showPanel, stopSession, endSession]) {
      palette?.addItem({ command, category: CATEGORY });
    }
  }
};

type Args = { readonly [name: string]: unknown };

/** What the commands do; what they need of a person, they ask. */
class SessionCommands {
  constructor(
    private readonly commands: CommandRegistry,
    private readonly client: Client,
    private readonly trans: TranslationBundle
  ) {}

  /** With a prompt: the session and run that it started. Without: the panel, with its box to write one in. */
  async start({ prompt, provider }: Args): Promise<unknown> {
    if (typeof prompt !== 'string' || !prompt.trim()) {
      return this.run(CommandIds.showPanel, {});
    }
    const title = firstLine(prompt);
    const chosen = typeof provider === 'string' && provider ? { provider } : {};
    const { session, run } = await this.client.call('agents.start', { prompt, title, ...chosen });
    await this.run(CommandIds.openSession, { session, title });
    return { session, run };
  }

  stop({ session }: Args): Promise<void> {
    const act = (id: string): Promise<unknown> => this.client.call('agents.stop', { session: id });
    return this.onSession(session, this.trans.__('Stop which session?'), row => row.state === 'busy', act);
  }

  end({ session }: Args): Promise<void> {
    const act = (id: string): Promise<unknown> => this.client.call('sessions.end', { session: id });
    return this.onSession(session, this.trans.__('Close which session?'), isLive, act);
  }

  /** Runs a command of another plugin, if that plugin is there. */
  private async run(command: string, args: { [name: string]: string }): Promise<unknown> {
    return this.commands.hasCommand(command) ? this.commands.execute(command, args) : undefined;
  }

  /** Does something to the session that is named, else to one that the person picks. */
  private async onSession(
    named: unknown,
    question: string,
    fits: (row: SessionRow) => boolean,
    act: (session: string) => Promise<unknown>
  ): Promise<void> {
    try {
      const session = typeof named === 'string' && named ? named : await this.pick(question, fits);
      if (session) {
        await act(session);
      }
    } catch (error) {
      const { message, remedy } = failureOf(error);
      Notification.error(`${message} ${remedy ?? ''}`.trim());
    }
  }

  private async pick(question: string, fits: (row: SessionRow) => boolean): Promise<string | null> {
    const rows = (await this.client.call('sessions.list', {})).sessions.filter(fits);
    if (!rows.length) {
      Notification.info(this.trans.__('No agent session is open.'));
      return null;
    }
    if (rows.length === 1) {
      return rows[0].id;
    }
    const items = rows.map((row, i) => `${i + 1}. ${row.title || row.id}`);
    const { button, value } = await InputDialog.getItem({ title: question, items });
    return button.accept && value ? rows[items.indexOf(value)].id : null;
  }
}

const NEW_ARGS = {
  type: 'object',
  properties: {
    prompt: { type: 'string', description: 'What the agent should do; without it a person is asked.' },
    provider: { type: 'string', description: 'Which agent; without it the usual one.' },
    isLauncher: { type: 'boolean', description: 'Whether the label is shown on a launcher card.' }
  }
} as const;
