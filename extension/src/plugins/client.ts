/** Provides the client, and says so in plain words when page and server do not fit together. */
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { Notification } from '@jupyterlab/apputils';
import { failureOf } from '../client/client';
import { ServerClient } from '../client/server';
import type { Failure } from '../protocol';
import { IWorkbenchClient } from '../tokens';
import { VERSION } from '../version';
import { PACKAGE } from './ids';

export const clientPlugin: JupyterFrontEndPlugin<IWorkbenchClient> = {
  id: `${PACKAGE}:client`,
  description: 'Talks to Workbench on Jupyter Server: commands by POST, events over one WebSocket a page.',
  autoStart: true,
  provides: IWorkbenchClient,
  activate: (app: JupyterFrontEnd): IWorkbenchClient => {
    const client = new ServerClient(app.serviceManager.serverSettings);
    void handshake(client).then(failure => {
      if (failure) {
        Notification.warning(`${failure.message} ${failure.remedy ?? ''}`, { autoClose: false });
      }
    });
    return client;
  }
};

/** What is wrong between this page and the server, or null. A server that is just away is not: the views say that. */
export async function handshake(server: { version(): Promise<string> }): Promise<Failure | null> {
  try {
    const version = await server.version();
    return version === VERSION ? null : mismatch(version);
  } catch (error) {
    const failure = failureOf(error);
    return failure.kind === 'unreachable' ? null : failure;
  }
}

const mismatch = (server: string): Failure => ({
  kind: 'version_mismatch',
  message: `This page has Workbench ${VERSION}, the server has ${server}.`,
  remedy: 'Restart Jupyter Server, then reload the page.'
});
