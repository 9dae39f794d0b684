/** The commands that are not a view's own, and all of ours in the palette. */
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, InputDialog, Notification } from '@jupyterlab/apputils';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { failureOf } from '../client/client';
import type { SessionRow } from '../protocol';
import { IWorkbenchClient } from '../tokens';
import { firstLine } from '../components/format';
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
    const { commands: registry } = app;

    registry.addCommand(CommandIds.newSession, {
      label: args => (args.isLauncher ? trans.__('Agent') : trans.__('New Agent Session')),
      caption: trans.__('Start an agent and watch it work'),
      icon: agentIcon,
      describedBy: { args: NEW_ARGS },
      execute: args =>
        typeof args.prompt === 'string' && args.prompt.trim() ? start(args.prompt, args.provider) : compose()
    });
    registry.addCommand(CommandIds.stopSession, {
      label: trans.__('Stop the Agent of a Session'),
      describedBy: { args: SESSION_ARGS },
      execute: args =>
        withSession(
          args.session,
          trans.__('Stop'),
          row => row.state === 'busy',
          id => client.call('agents.stop', { session: id })
        )
    });
    registry.addCommand(CommandIds.endSession, {
      label: trans.__('Close an Agent Session'),
      describedBy: { args: SESSION_ARGS },
      execute: args =>
        withSession(
          args.session,
          trans.__('Close'),
          row => row.state === 'busy' || row.state === 'live',
          id => client.call('sessions.end', { session: id })
        )
    });
    for (const command of [
      CommandIds.newSession,
      CommandIds.showPanel,
      CommandIds.stopSession,
      CommandIds.endSession
    ]) {
      palette?.addItem({ command, category: CATEGORY });
    }

    /** Without a prompt: the panel's box to write one in. */
    function compose(): unknown {
      return registry.hasCommand(CommandIds.showPanel) ? registry.execute(CommandIds.showPanel) : undefined;
    }

    async function start(prompt: string, provider: unknown): Promise<unknown> {
      const title = firstLine(prompt);
      const started = await client.call('agents.start', {
        prompt,
        title,
        ...(typeof provider === 'string' && provider ? { provider } : {})
      });
      if (registry.hasCommand(CommandIds.openSession)) {
        await registry.execute(CommandIds.openSession, { session: started.session, title });
      }
      return { ...started };
    }

    /** Does something to the session that is named, else to one that the person picks. */
    async function withSession(
      named: unknown,
      verb: string,
      fits: (row: SessionRow) => boolean,
      act: (session: string) => Promise<unknown>
    ): Promise<void> {
      try {
        const session = typeof named === 'string' && named ? named : await pick(verb, fits);
        if (session) {
          await act(session);
        }
      } catch (error) {
        const { message, remedy } = failureOf(error);
        Notification.error(`${message} ${remedy ?? ''}`.trim());
      }
    }

    async function pick(verb: string, fits: (row: SessionRow) => boolean): Promise<string | null> {
      const rows = (await client.call('sessions.list', {})).sessions.filter(fits);
      if (!rows.length) {
        Notification.info(trans.__('No agent session is open.'));
        return null;
      }
      if (rows.length === 1) {
        return rows[0].id;
      }
      const names = rows.map((row, i) => `${i + 1}. ${row.title || row.id}`);
      const answer = await InputDialog.getItem({ title: trans.__('%1 which session?', verb), items: names });
      return answer.button.accept && answer.value ? rows[names.indexOf(answer.value)].id : null;
    }
  }
};

const NEW_ARGS = {
  type: 'object',
  properties: {
    prompt: { type: 'string', description: 'What the agent should do; without it a person is asked.' },
    provider: { type: 'string', description: 'Which agent; without it the usual one.' },
    isLauncher: { type: 'boolean', description: 'Whether the label is shown on a launcher card.' }
  }
} as const;
