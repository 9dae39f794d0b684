/** What stands where figures would: nothing found yet, an import on its way. */
import React from 'react';
import { Icon } from '../../components/Icon';
import { plain } from '../../components/plain';
import { megabytes } from './format';
import type { ImportState } from './useImport';

/** Where transcripts are looked for, and what says otherwise. */
const PLACES = [
  ['Claude Code', '~/.config/claude, ~/.claude', 'CLAUDE_CONFIG_DIR'],
  ['Codex', '~/.codex', 'CODEX_HOME'],
  ['OpenCode', '~/.local/share/opencode', 'OPENCODE_DATA_DIR'],
  ['Gemini CLI', '~/.gemini', 'GEMINI_CLI_HOME']
] as const;

export function NothingYet({ again }: { again: () => void }): React.ReactElement {
  return (
    <div className="wb-empty wb-usage-empty">
      <Icon name="chart" />
      <p>No usage has been found yet.</p>
      <p className="wb-hint">
        Workbench reads the transcripts that agents leave on the machine of Jupyter Server, and counts its own
        runs. Nothing leaves that machine. It looked here:
      </p>
      <table className="wb-table wb-places">
        <caption>Where it looked</caption>
        <thead>
          <tr>
            <th scope="col">Agent</th>
            <th scope="col">Folder</th>
            <th scope="col">Elsewhere</th>
          </tr>
        </thead>
        <tbody>
          {PLACES.map(([agent, folder, variable]) => (
            <tr key={agent}>
              <th scope="row">{agent}</th>
              <td>
                <code>{folder}</code>
              </td>
              <td>
                <code>{variable}</code>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className="wb-hint">
        Are they elsewhere? Set the variable to the folder before Jupyter Server starts, then look again. Or
        begin a cell with <code>%%agent</code>: its run is counted here.
      </p>
      <button type="button" className="wb-button" onClick={again}>
        <Icon name="refresh" /> Look again
      </button>
    </div>
  );
}

/** The import under way: how much of how much, if that is known. */
export function ImportBar({ progress }: { progress: ImportState | null }): React.ReactElement {
  const total = progress?.total_bytes ?? 0;
  const done = Math.min(progress?.done_bytes ?? 0, total);
  const said = total
    ? `Reading transcripts: ${megabytes(done)} of ${megabytes(total)}`
    : 'Looking for new transcripts';
  return (
    <div className="wb-importing">
      <progress
        aria-label="Import of transcripts"
        max={total || undefined}
        value={total ? done : undefined}
      />
      <span className="wb-hint">{plain(said)}</span>
    </div>
  );
}

/** There is nothing to show yet, and it is on its way. */
export function FirstImport({ progress }: { progress: ImportState | null }): React.ReactElement {
  return (
    <div className="wb-empty wb-usage-empty">
      <Icon name="chart" />
      <p>The transcripts on this machine are being read for the first time.</p>
      <ImportBar progress={progress} />
      <p className="wb-hint">Later only what is new is read. You may go on working.</p>
    </div>
  );
}
