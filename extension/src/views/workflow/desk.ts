/**
 * Everything that a person edits one by one: each value is saved by itself, soon after the last key, and never lost here.
 *
 * The desk outlives the rows that show its values: a row that leaves the screen takes no letter with it. Each row watches its
 * own value, so a key draws one row. Of one value only one save is under way; what is typed meanwhile follows it.
 */
import { failureOf, pageId, Value, type Watched } from '../../client/client';
import { fresh, refused, saving, settled, stored, told, typed, type Entry, type Fields } from './entry';

export interface Kept<V extends Fields> {
  readonly rev: number;
  readonly value: V;
}

/** A value and what it is about: with another text an id is another question. */
export interface Told<V extends Fields> extends Kept<V> {
  readonly about: string;
}

/** Saves one value over revision `base`. Rejects with a failure; a conflict says what is there. */
export type Save<V extends Fields> = (
  id: string,
  base: number,
  value: V,
  edit: string,
  before: V
) => Promise<Kept<V>>;

/** From the last key until it is saved. */
const PAUSE_MS = 700;

export class Desk<V extends Fields> {
  private readonly entries = new Map<string, Value<Entry<V>>>();
  private readonly gone = new Map<string, Value<Entry<V>>>();
  private readonly abouts = new Map<string, string>();
  private readonly timers = new Map<string, ReturnType<typeof setTimeout>>();
  private readonly underway = new Map<string, Promise<void>>();
  private readonly page = pageId();
  private filling: Promise<void> = Promise.resolve();
  private edits = 0;
  private filledChanges = 0;
  private readonly unsavedIds = new Set<string>();
  private readonly filledIds = new Set<string>();
  private readonly unsavedCount = new Value(0);
  private readonly filledCount = new Value(0);

  constructor(
    private readonly save: Save<V>,
    private readonly isFilled: (value: V) => boolean = () => true
  ) {}

  /** How many values are not saved as they are on the screen. */
  readonly unsaved: Watched<number> = this.unsavedCount;

  /** Changes whenever another set of values is filled. */
  readonly filled: Watched<number> = this.filledCount;

  has(id: string): boolean {
    return this.filledIds.has(id);
  }

  /** The value of an id, which `tell` has to have named at some time: a row may be drawn once more before it goes. */
  entry(id: string): Watched<Entry<V>> {
    const found = this.entries.get(id) ?? this.gone.get(id);
    if (!found) {
      throw new Error(`Nothing is known of ${id}.`);
    }
    return found;
  }

  /** What the host says now. What it names no more is forgotten. */
  tell(values: ReadonlyMap<string, Told<V>>): void {
    for (const [id, value] of [...this.entries]) {
      if (values.get(id)?.about !== this.abouts.get(id)) {
        this.forget(id, value);
      }
    }
    for (const [id, { rev, value, about }] of values) {
      const known = this.entries.get(id);
      if (known) {
        this.put(id, told(known.get(), rev, value));
      } else {
        this.abouts.set(id, about);
        this.entries.set(id, new Value(fresh(rev, value)));
        this.count(id, fresh(rev, value));
      }
    }
    this.publish();
  }

  /** The person has typed (`soon`), or picked something, which is saved at once. */
  change(id: string, draft: V, { soon = false, force = false } = {}): void {
    if (!this.entries.has(id)) {
      return;
    }
    this.put(id, typed(this.entry(id).get(), draft, this.nextEdit(), force));
    this.publish();
    clearTimeout(this.timers.get(id));
    if (soon) {
      this.timers.set(
        id,
        setTimeout(() => void this.flush(id), PAUSE_MS)
      );
    } else {
      void this.flush(id);
    }
  }

  /** The person chose between what is typed here and what another one has saved. */
  settle(id: string, mine: boolean): void {
    this.put(id, settled(this.entry(id).get(), mine, this.nextEdit()));
    this.publish();
    void this.flush(id);
  }

  /** Saves what is not saved of a value; resolves when nothing is under way for it any more. */
  async flush(id: string): Promise<void> {
    clearTimeout(this.timers.get(id));
    const before = this.underway.get(id);
    if (before) {
      await before;
      return this.flush(id);
    }
    const phase = this.entries.get(id)?.get().phase;
    if (phase === 'dirty' || phase === 'failed') {
      const work = this.saveOnce(id).finally(() => this.underway.delete(id));
      this.underway.set(id, work);
      await work;
      // What was typed while it was under way.
      if (this.entries.get(id)?.get().phase === 'dirty') {
        await this.flush(id);
      }
    }
  }

  /** Resolves when no save is under way. */
  async resting(): Promise<void> {
    while (this.underway.size) {
      await Promise.all(this.underway.values());
    }
  }

  /** Saves all, behind what fills values; true when nothing is left. */
  async flushAll(): Promise<boolean> {
    await this.filling;
    await Promise.all([...this.unsavedIds].map(id => this.flush(id)));
    return this.unsavedIds.size === 0;
  }

  /** Does something that fills many values at once, when all that was typed before is saved. */
  fill(work: () => Promise<void>): Promise<void> {
    const done = this.flushAll().then(work);
    this.filling = done.catch(() => undefined);
    return done;
  }

  private async saveOnce(id: string): Promise<void> {
    const { rev, draft, edit, stored: before } = this.entry(id).get();
    const name = edit ?? this.nextEdit();
    this.put(id, saving(this.entry(id).get()));
    this.publish();
    try {
      const kept = await this.save(id, rev, draft, name, before);
      this.update(id, now => stored(now, name, kept.rev, kept.value));
    } catch (error) {
      this.update(id, now => refused(now, failureOf(error)));
    }
  }

  private forget(id: string, value: Value<Entry<V>>): void {
    clearTimeout(this.timers.get(id));
    this.gone.set(id, value);
    this.entries.delete(id);
    this.unsavedIds.delete(id);
    this.filledIds.delete(id);
    this.filledChanges += 1;
  }

  private update(id: string, change: (now: Entry<V>) => Entry<V>): void {
    const found = this.entries.get(id);
    if (found) {
      this.put(id, change(found.get()));
      this.publish();
    }
  }

  private put(id: string, next: Entry<V>): void {
    const value = this.entries.get(id);
    if (value && value.get() !== next) {
      this.count(id, next);
      value.set(next);
    }
  }

  private count(id: string, { phase, draft }: Entry<V>): void {
    mark(this.unsavedIds, id, phase !== 'calm');
    if (mark(this.filledIds, id, this.isFilled(draft))) {
      this.filledChanges += 1;
    }
  }

  private publish(): void {
    this.unsavedCount.set(this.unsavedIds.size);
    this.filledCount.set(this.filledChanges);
  }

  private nextEdit(): string {
    return `${this.page}.${++this.edits}`;
  }
}

/** True when it was not so before. */
function mark(set: Set<string>, id: string, on: boolean): boolean {
  if (set.has(id) === on) {
    return false;
  }
  if (on) {
    set.add(id);
  } else {
    set.delete(id);
  }
  return true;
}
