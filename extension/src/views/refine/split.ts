/** How two panes share their width: in percent of the first one, never so that one of them cannot be used. */

export const LEAST = 20;
export const MOST = 80;
export const USUAL = 50;
const STEP = 2;

export const within = (percent: number): number =>
  Number.isFinite(percent) ? Math.min(MOST, Math.max(LEAST, Math.round(percent))) : USUAL;

/** What a key makes of a share; null: the key means nothing here. */
export function moved(percent: number, key: string): number | null {
  switch (key) {
    case 'ArrowLeft':
      return within(percent - STEP);
    case 'ArrowRight':
      return within(percent + STEP);
    case 'Home':
      return LEAST;
    case 'End':
      return MOST;
    case 'Enter':
      return USUAL;
    default:
      return null;
  }
}

/** Where a pointer is, in a place that begins at `left` and is so wide. */
export const shareAt = (x: number, left: number, width: number): number =>
  within(width > 0 ? ((x - left) / width) * 100 : USUAL);
