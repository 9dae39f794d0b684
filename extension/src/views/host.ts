/** What the place where a view is mounted can do for it. A place offers what it has: in a plain notebook, nothing. */
import type { View } from '../protocol';

export interface Host {
  /** `cell`: as high as its content, up to a limit; `page`: fills its place; `side`: a narrow page. */
  readonly place?: 'cell' | 'page' | 'side';
  /** Shows a session where there is room for it. */
  openSession?(session: string, title: string): void;
  /** Keeps what the view shows from now on, for the next time that it is mounted. */
  keep?(view: View): void;
  /** The provider that a person chose as the usual one. */
  readonly provider?: string;
}
