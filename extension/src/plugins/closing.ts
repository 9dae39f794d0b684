/**
 * A place with something in it that is not saved asks before that is left: a tab before it is closed, which says so on it as
 * any document does, and the side panel before it shows something else.
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

/** Asks, once at a time, before what is held is left. */
export class LeavingGuard {
  private work: Unsaved | null = null;
  private asking = false;

  constructor(private readonly trans: TranslationBundle) {}

  get held(): boolean {
    return this.work !== null;
  }

  hold(work: Unsaved | null): void {
    this.work = work;
  }

  /** Goes at once where nothing is held, else when the person has saved or discarded it. */
  leave(go: () => void): void {
    if (this.work) {
      void this.ask(this.work, go);
    } else {
      go();
    }
  }

  private async ask(work: Unsaved, go: () => void): Promise<void> {
    if (this.asking) {
      return;
    }
    this.asking = true;
    const { button } = await showDialog(work.save ? this.toSave(work) : this.toSend(work));
    this.asking = false;
    if (button.accept && (button.actions.includes('discard') || (await work.save?.()))) {
      this.hold(null);
      go();
    }
  }

  private toSave({ name }: Unsaved): Asked {
    const { trans } = this;
    return {
      title: trans.__('Save your work'),
      body: trans.__('Save what you typed in "%1" before closing?', name),
      buttons: [Dialog.cancelButton(), this.discard(), Dialog.okButton({ label: trans.__('Save') })]
    };
  }

  /** What is kept nowhere before it is sent: to send it is never done by closing. */
  private toSend({ name }: Unsaved): Asked {
    const { trans } = this;
    return {
      title: trans.__('Discard what you typed?'),
      body: trans.__('What you typed in "%1" was not sent. It is lost when the page is closed.', name),
      buttons: [Dialog.cancelButton(), this.discard()],
      defaultButton: 0
    };
  }

  private discard(): Dialog.IButton {
    return Dialog.warnButton({ label: this.trans.__('Discard'), actions: ['discard'] });
  }
}

export class ClosingGuard extends LeavingGuard {
  constructor(
    private readonly tab: Widget,
    trans: TranslationBundle
  ) {
    super(trans);
    MessageLoop.installMessageHook(tab, (_, message: Message) => {
      if (message.type !== 'close-request' || !this.held) {
        return true;
      }
      this.leave(() => tab.isDisposed || tab.close());
      return false;
    });
  }

  override hold(work: Unsaved | null): void {
    super.hold(work);
    const { title } = this.tab;
    const others = title.className.split(' ').filter(name => name && name !== DIRTY);
    title.className = (work ? [...others, DIRTY] : others).join(' ');
  }
}

type Asked = Partial<Dialog.IOptions<unknown>>;
