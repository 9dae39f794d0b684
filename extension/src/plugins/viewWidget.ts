/** A Lumino widget that holds a view for as long as it lives. */
import type { Message } from '@lumino/messaging';
import { Widget } from '@lumino/widgets';
import type { Client } from '../client/client';
import type { View } from '../protocol';
import type { Host } from '../views/host';
import { mount } from '../views/mount';

export class ViewWidget extends Widget {
  private unmount: (() => void) | null = null;

  constructor(
    private readonly client: Client,
    view: View | null,
    host: Host
  ) {
    super();
    this.addClass('wb-widget');
    if (view) {
      this.replace(view, host);
    }
  }

  /** Puts another view into this place. */
  replace(view: View, host: Host): void {
    this.unmount?.();
    const node = document.createElement('div');
    node.className = 'wb-fill';
    this.node.replaceChildren(node);
    this.unmount = mount(node, this.client, view, host);
  }

  override dispose(): void {
    this.unmount?.();
    this.unmount = null;
    super.dispose();
  }

  /** Being chosen gives the keyboard to the box to write in, else to the transcript. */
  protected override onActivateRequest(_: Message): void {
    const places = ['textarea', '[role=log]', 'button'];
    const target = places.map(place => this.node.querySelector<HTMLElement>(place)).find(node => node);
    target?.focus({ preventScroll: true });
  }
}
