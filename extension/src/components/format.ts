/** Numbers as people read them. Money is exact on disk; here it is rounded for the eye only. */

/** `412`, `12.3k`, `4.1M`. */
export function tokens(count: number): string {
  if (count < 1000) {
    return String(count);
  }
  const [value, unit] = count < 999_950 ? [count / 1000, 'k'] : [count / 1_000_000, 'M'];
  return `${value < 100 ? value.toFixed(1).replace(/\.0$/, '') : Math.round(value)}${unit}`;
}

/** Dollars: thousands apart, two decimals from a dollar on, four below, `<$0.0001` for less than can be said; an unknown price is no number. */
export function money(cost: string | number | null | undefined): string {
  const value = cost === null || cost === undefined || cost === '' ? NaN : Number(cost);
  if (Number.isNaN(value)) {
    return 'no price';
  }
  if (value > 0 && value < 0.0001) {
    return '<$0.0001';
  }
  const digits = value === 0 || value >= 1 ? 2 : 4;
  return `$${value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })}`;
}

/** `0.4 s`, `12 s`, `3 min 05 s`, `2 h 10 min`. */
export function duration(ms: number): string {
  const s = Math.max(0, ms) / 1000;
  if (s < 9.95) {
    return `${s.toFixed(1)} s`;
  }
  if (s < 59.5) {
    return `${Math.round(s)} s`;
  }
  const minutes = Math.floor(Math.round(s) / 60);
  return minutes < 60
    ? `${minutes} min ${pad(Math.round(s) % 60)} s`
    : `${Math.floor(minutes / 60)} h ${pad(minutes % 60)} min`;
}

/** `just now`, `5 min ago`, `3 h ago`, `2 d ago`, then the date. */
export function age(then: string, now: number): string {
  const at = Date.parse(then);
  const minutes = Math.floor((now - at) / 60_000);
  if (Number.isNaN(at)) {
    return '';
  }
  if (minutes < 1) {
    return 'just now';
  }
  if (minutes < 60) {
    return `${minutes} min ago`;
  }
  if (minutes < 24 * 60) {
    return `${Math.floor(minutes / 60)} h ago`;
  }
  return minutes < 7 * 24 * 60 ? `${Math.floor(minutes / 1440)} d ago` : then.slice(0, 10);
}

export function kilobytes(characters: number): string {
  return characters < 1000 ? `${characters} characters` : `${Math.round(characters / 1000)} kB`;
}

/** `1 turn`, `3 turns`. */
export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** The first line of a text, short enough for a title. */
export const firstLine = (text: string): string => text.trim().split('\n')[0].slice(0, 80);

const pad = (value: number): string => String(value).padStart(2, '0');
