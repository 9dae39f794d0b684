/** Figures of usage as people read them, beyond those that all views share. */
import { money, plural } from '../../components/format';

/** `87 %`; what cannot be said is a dash. */
export function percent(share: number | null | undefined): string {
  if (share === null || share === undefined || Number.isNaN(share)) {
    return '–';
  }
  const value = share * 100;
  return `${value > 0 && value < 10 ? value.toFixed(1) : Math.round(value)} %`;
}

/** `24 Oct – 21 Nov 2026`, `21 Nov 2026`. */
export function span(since: string, until: string): string {
  const end = day(until, true);
  return since === until ? end : `${day(since, since.slice(0, 4) !== until.slice(0, 4))} – ${end}`;
}

function day(date: string, year: boolean): string {
  return new Date(`${date}T12:00:00Z`).toLocaleDateString('en-GB', {
    timeZone: 'UTC',
    day: 'numeric',
    month: 'short',
    ...(year ? { year: 'numeric' } : {})
  });
}

/** `21 Nov 2026, 14:05` in a zone. */
export function moment(at: string | number | null | undefined, timezone: string): string {
  const time = at === null || at === undefined ? NaN : new Date(at).getTime();
  return Number.isNaN(time)
    ? '–'
    : new Date(time).toLocaleString('en-GB', {
        timeZone: timezone,
        day: 'numeric',
        month: 'short',
        year: 'numeric',
        hour: '2-digit',
        minute: '2-digit'
      });
}

/** `18:00` in a zone. */
export const clock = (at: string | number, timezone: string): string =>
  new Date(at).toLocaleTimeString('en-GB', { timeZone: timezone, hour: '2-digit', minute: '2-digit' });

/** How long a limit's window is: `5 hours`, `7 days`. */
export function windowOf(minutes: number): string {
  if (minutes % 1440 === 0) {
    return plural(minutes / 1440, 'day');
  }
  return minutes % 60 === 0 ? plural(minutes / 60, 'hour') : plural(minutes, 'minute');
}

/** Dollars where cents will do: a rate, a guess. */
export const rough = (cost: string | number | null | undefined): string =>
  cost !== null && cost !== undefined && Math.abs(Number(cost)) >= 0.01 && Number(cost) < 1
    ? `$${Number(cost).toFixed(2)}`
    : money(cost);

/** `12 % more than`, `3 % less than`, `as much as`; null where there is nothing to compare with. */
export function change(now: string | null, before: string | null): string | null {
  const [to, from] = [Number(now), Number(before)];
  if (now === null || before === null || !from || Number.isNaN(to)) {
    return null;
  }
  const share = Math.round((to / from - 1) * 100);
  return share === 0
    ? 'as much as'
    : `${Math.abs(share).toLocaleString('en')} % ${share > 0 ? 'more' : 'less'} than`;
}

export const megabytes = (bytes: number): string =>
  bytes < 1e6
    ? `${Math.max(1, Math.round(bytes / 1e3))} kB`
    : `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;

/** The last part of a path, or what is there instead of one. */
export function leaf(path: string | null | undefined): string {
  return path
    ? (path
        .replace(/[\\/]+$/, '')
        .split(/[\\/]/)
        .pop() ?? path)
    : '(none)';
}
