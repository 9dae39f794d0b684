/**
 * A tab with something that is not saved says so, as any document does, and asks before it is closed.
 *
 * The question is asked in a hook on the message that closes a tab: JupyterLab's own hook on the tabs of documents looks at
 * the file alone, and of two hooks the later is heard first.
 */
import { Dialog, showDialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { MessageLoop, type Message } from '@lumino/messaging';
import type { Widget } from '@lumino/widgets';
import type { Unsaved } from '../views/host';

const DIRTY = 'jp-mod-dirty';

export class ClosingGuard {
  private work: Unsaved | null = null;
  private asking = false;

  constructor(
    private readonly tab: Widget,
    private readonly trans: TranslationBundle
  ) {
    MessageLoop.installMessageHook(tab, (_, message: Message) => {
      if (message.type !== 'close-request' || !this.work) {
        return true;
      }
      void this.ask(this.work);
      return false;
    });
  }

  get held(): boolean {
    return this.work !== null;
  }

  hold(work: Unsaved | null): void {
    this.work = work;
    const { title } = this.tab;
    const others = title.className.split(' ').filter(name => name && name !== DIRTY);
    title.className = (work ? [...others, DIRTY] : others).join(' ');
  }

  private async ask(work: Unsaved): Promise<void> {
    if (this.asking) {
      return;
    }
    this.asking = true;
    const { trans } = this;
    const { button } = await showDialog({
      title: trans.__('Save your work'),
      body: trans.__('Save what you typed in "%1" before closing?', work.name),
      buttons: [
        Dialog.cancelButton(),
        Dialog.warnButton({ label: trans.__('Discard'), actions: ['discard'] }),
        Dialog.okButton({ label: trans.__('Save') })
      ]
    });
    this.asking = false;
    const discarded = button.actions.includes('discard');
    if (!this.tab.isDisposed && button.accept && (discarded || (await work.save()))) {
      this.hold(null);
      this.tab.close();
    }
  }
}
