/** A page in which something may be typed and not saved: closing its tab asks first. */
import type { TranslationBundle } from '@jupyterlab/translation';
import type { Client } from '../client/client';
import type { Host, Unsaved } from '../views/host';
import { ClosingGuard } from './closing';
import { PageTab, type Page, type Params } from './pages';

export class UnsavedTab extends PageTab {
  readonly closing: ClosingGuard;

  constructor(client: Client, host: Host, trans: TranslationBundle, page: Page, params: Params) {
    const unsaved = (work: Unsaved | null): void => this.closing.hold(work);
    super(client, Object.create(host, { unsaved: { value: unsaved } }) as Host, page, params);
    this.closing = new ClosingGuard(this, trans);
  }
}
