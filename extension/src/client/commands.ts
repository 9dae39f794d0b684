/** The commands that views use, by name and shape: the one place to look when the command surface changes. */
import type { Client } from './client';

export interface SessionRow {
  id: string;
  provider: string;
  model?: string | null;
  title?: string | null;
  state: 'created' | 'live' | 'busy' | 'ended' | 'lost';
  created: string;
  updated: string;
  cost?: string | null;
  runs?: number;
}

/** One turn and model of a session as the ledger holds it. */
export interface RunRow {
  run: string;
  model?: string | null;
  input_tokens: number;
  output_tokens: number;
  cache_read_tokens: number;
  cache_creation_tokens: number;
  cost?: string | null;
}

export interface ProviderRow {
  name: string;
  label: string;
  installed: boolean;
  default: boolean;
  remedy?: string;
}

export interface StatusRow {
  running: number;
  cost_today: string | null;
  currency: string;
}

export const listSessions = (client: Client): Promise<{ sessions: SessionRow[] }> =>
  client.call('sessions.list');

export const sessionRuns = (client: Client, session: string): Promise<{ runs: RunRow[] }> =>
  client.call('usage.session_runs', { session });

export const sessionMarkdown = (
  client: Client,
  session: string,
  run?: string
): Promise<{ markdown: string }> => client.call('sessions.markdown', run ? { session, run } : { session });

export const endSession = (client: Client, session: string): Promise<unknown> =>
  client.call('sessions.end', { session });

export const providers = (client: Client): Promise<{ providers: ProviderRow[] }> =>
  client.call('agents.providers');

export const startAgent = (
  client: Client,
  request: { provider?: string; prompt: string; title?: string }
): Promise<{ session: string; run: string }> => client.call('agents.start', request);

export const sendPrompt = (client: Client, session: string, prompt: string): Promise<{ run: string }> =>
  client.call('agents.send', { session, prompt });

export const steerAgent = (
  client: Client,
  session: string,
  prompt: string
): Promise<{ accepted: boolean; reason?: string | null }> => client.call('agents.steer', { session, prompt });

export const stopAgent = (client: Client, session: string): Promise<unknown> =>
  client.call('agents.stop', { session });

export const respondPermission = (
  client: Client,
  session: string,
  permission: string,
  behavior: 'allow' | 'deny',
  remember: boolean
): Promise<unknown> => client.call('agents.respond_permission', { session, permission, behavior, remember });

export const respondInput = (
  client: Client,
  session: string,
  input: string,
  action: 'submit' | 'decline',
  content: { [question: string]: unknown }
): Promise<unknown> => client.call('agents.respond_input', { session, input, action, content });
