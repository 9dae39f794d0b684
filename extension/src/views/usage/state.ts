/**
 * What a person chose to see, as a pure value: a range of days, a time zone and filters.
 *
 * Days are `YYYY-MM-DD` in the chosen zone and both ends count. "The last 30 days" is kept as that, so a view that is opened
 * again tomorrow shows tomorrow's 30 days.
 */
export const FILTERS = ['provider', 'project', 'model', 'skill'] as const;
export type Filter = (typeof FILTERS)[number];

export const RANGES = ['7d', '30d', '90d', 'month', 'custom'] as const;
export type Range = (typeof RANGES)[number];

export interface Choice {
  readonly range: Range;
  /** Of a custom range; the others are known from the day. */
  readonly since: string;
  readonly until: string;
  /** An IANA name. */
  readonly timezone: string;
  readonly filters: { readonly [filter in Filter]?: string };
}

/** What every report is asked with. */
export type Query = { since: string; until: string; timezone: string } & { [filter in Filter]?: string };

export type Params = { readonly [name: string]: string };

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const MS_A_DAY = 86_400_000;

/** The choice that a view's parameters name; what they do not name, or name wrongly, is as usual. */
export function choiceOf(params: Params, timezone: string): Choice {
  const range = RANGES.find(each => each === params.range);
  const dated = isDay(params.since ?? '') && isDay(params.until ?? '');
  return {
    range: dated && (range === undefined || range === 'custom') ? 'custom' : usual(range),
    since: dated ? params.since : '',
    until: dated ? params.until : '',
    timezone: isZone(params.timezone) ? params.timezone : timezone,
    filters: Object.fromEntries(FILTERS.flatMap(name => (params[name] ? [[name, params[name]]] : [])))
  };
}

const usual = (range: Range | undefined): Range => (range && range !== 'custom' ? range : '30d');

/** The parameters that give this choice again; `own` is the zone that needs no word. */
export function paramsOf(choice: Choice, own: string): Params {
  const { range, since, until, timezone, filters } = choice;
  return {
    range,
    ...(range === 'custom' ? { since, until } : {}),
    ...(timezone === own ? {} : { timezone }),
    ...filters
  };
}

/** The first and the last day of a choice, on the day that `now` is in its zone. */
export function daysOf(choice: Choice, now: number): { since: string; until: string } {
  const today = dayIn(choice.timezone, now);
  switch (choice.range) {
    case 'custom':
      return choice.since <= choice.until
        ? { since: choice.since, until: choice.until }
        : { since: choice.until, until: choice.since };
    case 'month':
      return { since: `${today.slice(0, 8)}01`, until: today };
    default:
      return { since: shifted(today, 1 - Number.parseInt(choice.range, 10)), until: today };
  }
}

export function queryOf(choice: Choice, now: number): Query {
  return { ...daysOf(choice, now), timezone: choice.timezone, ...choice.filters };
}

/** The choice with another range; a custom one begins with the days that were in sight. */
export function ranged(choice: Choice, range: Range, now: number): Choice {
  return { ...choice, range, ...(range === 'custom' ? daysOf(choice, now) : {}) };
}

export function filtered(choice: Choice, name: Filter, value: string | null): Choice {
  const filters = { ...choice.filters };
  delete filters[name];
  return { ...choice, filters: value ? { ...filters, [name]: value } : filters };
}

export const isFiltered = (choice: Choice): boolean => Object.keys(choice.filters).length > 0;

/** The day that a moment is in a zone. */
export function dayIn(timezone: string, at: number): string {
  const parts = new Intl.DateTimeFormat('en', {
    timeZone: timezone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit'
  }).formatToParts(at);
  const part = (type: string): string => parts.find(each => each.type === type)?.value ?? '';
  return `${part('year')}-${part('month')}-${part('day')}`;
}

/** A day so many days later. Calendar days have no zone: noon UTC is far from every edge. */
export function shifted(day: string, days: number): string {
  return new Date(Date.parse(`${day}T12:00:00Z`) + days * MS_A_DAY).toISOString().slice(0, 10);
}

export function isDay(text: string): boolean {
  if (!DAY.test(text) || text < '1970-01-01') {
    return false;
  }
  const at = new Date(`${text}T12:00:00Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().slice(0, 10) === text;
}

export function isZone(name: string | undefined): name is string {
  try {
    return Boolean(name) && Boolean(new Intl.DateTimeFormat('en', { timeZone: name }));
  } catch {
    return false;
  }
}
