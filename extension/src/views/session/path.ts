/** A path as a person reads it. Pure. */
export interface Told {
  /** Up to the last slash, which is part of it. */
  readonly folder: string;
  readonly name: string;
}

/** A path beneath the folder `from` is told from there; the name is apart, because it is what must be seen. */
export function told(path: string, from: string | undefined): Told {
  const root = from?.replace(/\/+$/, '');
  const beneath = root && path.startsWith(`${root}/`) ? path.slice(root.length + 1) : path;
  const shown = root && (path === root || !beneath) ? '.' : beneath;
  const at = shown.replace(/\/+$/, '').lastIndexOf('/') + 1;
  return { folder: shown.slice(0, at), name: shown.slice(at) };
}
