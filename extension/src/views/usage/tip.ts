/** What a chart says of the mark under the pointer: names and values, as text, within the view's own node. */
export class Tip {
  private box: HTMLElement | null = null;

  constructor(private readonly place: HTMLElement) {}

  show(event: MouseEvent, value: unknown): void {
    if (value === null || value === undefined || value === '') {
      this.hide();
      return;
    }
    if (!this.box) {
      this.box = this.place.ownerDocument.createElement('div');
      this.box.className = 'wb-tip';
    }
    this.box.replaceChildren(...lines(value, this.place.ownerDocument));
    this.place.append(this.box);
    this.move(this.box, event);
  }

  hide(): void {
    this.box?.remove();
    this.box = null;
  }

  /** Beside the pointer, on the side where there is room. */
  private move(box: HTMLElement, { clientX, clientY }: MouseEvent): void {
    const frame = this.place.getBoundingClientRect();
    const [x, y] = [clientX - frame.left, clientY - frame.top];
    const left = x + 14 + box.offsetWidth > frame.width ? x - 14 - box.offsetWidth : x + 14;
    const top = y + 14 + box.offsetHeight > frame.height ? y - 14 - box.offsetHeight : y + 14;
    box.style.left = `${Math.max(0, left)}px`;
    box.style.top = `${Math.max(0, top)}px`;
  }
}

function lines(value: unknown, document: Document): HTMLElement[] {
  if (typeof value !== 'object') {
    return [line(document, 'div', String(value))];
  }
  return Object.entries(value as object).flatMap(([name, each]) => [
    line(document, 'span', name),
    line(document, 'b', String(each))
  ]);
}

function line(document: Document, tag: string, text: string): HTMLElement {
  const node = document.createElement(tag);
  node.textContent = text;
  return node;
}
