/**
 * The text that a notebook keeps of a run: what is shown where there is no Workbench.
 *
 * When the run has ended, one page writes it beside the view. Two that did would both have an unsaved document, and the second
 * save would ask about a changed file. Without Web Locks only the page in which the run went on writes.
 */
import type { IRenderMime } from '@jupyterlab/rendermime-interfaces';
import type { Client, Disposable } from '../client/client';
import { claim, type Claim } from './locks';

const MARKDOWN = 'text/markdown';
/** The most that a notebook keeps; the reply for one run is within it. */
const MOST = 20_000;

export class Fallback implements Disposable {
  private readonly claim: Claim;
  private disposed = false;

  constructor(
    private readonly client: Client,
    private readonly model: IRenderMime.IMimeModel,
    private readonly session: string
  ) {
    this.claim = claim(session);
  }

  /** The runs of the output have ended; `watched`: before this page's eyes. The kernel writes the text too, if it lives. */
  async settled(runs: readonly string[], watched: boolean): Promise<void> {
    const held = await this.claim.held;
    if (this.disposed || !this.model.trusted || !(held ?? watched)) {
      return;
    }
    try {
      this.write(await this.text(runs));
    } catch (error) {
      console.warn('Workbench could not keep the text of a run in this notebook.', error);
    }
  }

  dispose(): void {
    this.disposed = true;
    this.claim.release();
  }

  /** The last runs whose texts fit whole: a cut inside one could undo its escaping. */
  private async text(runs: readonly string[]): Promise<string> {
    const texts = await Promise.all(
      runs.map(run => this.client.call('sessions.markdown', { session: this.session, run }))
    );
    let kept = '';
    for (const { markdown } of texts.reverse()) {
      const longer = kept ? `${markdown}\n\n---\n\n${kept}` : markdown;
      if (kept && longer.length > MOST) {
        break;
      }
      kept = longer;
    }
    return kept;
  }

  private write(markdown: string): void {
    if (!this.disposed && markdown && markdown !== this.model.data[MARKDOWN]) {
      this.model.setData({ data: { ...this.model.data, [MARKDOWN]: markdown } });
    }
  }
}
