import type { Block, BlockOf } from './blocks';
import type { Run, SessionState } from './state';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/**
 * A state under construction: the list of blocks is copied once a batch, the blocks themselves never change.
 *
 * Where a block of the open turn stands is looked up by key; the table is rebuilt from the blocks when a batch needs it.
 */
export class Draft {
  readonly state: Mutable<SessionState>;
  readonly blocks: Block[];
  private places: Map<string, number> | undefined;

  constructor(private readonly from: SessionState) {
    this.state = { ...from };
    this.blocks = [...from.blocks];
  }

  push(block: Block): void {
    this.places?.set(block.key, this.blocks.length);
    this.blocks.push(block);
  }

  /** Replaces the block of this key by what `change` makes of it; a key that is not there is nobody's. */
  update<K extends Block['kind']>(key: string, kind: K, change: (block: BlockOf<K>) => Block): void {
    const place = this.place(key);
    const block = place === undefined ? undefined : this.blocks[place];
    if (block?.kind === kind) {
      this.blocks[place as number] = change(block as BlockOf<K>);
    }
  }

  /** Changes every block of a turn. */
  map(run: string, change: (block: Block) => Block): void {
    this.blocks.forEach((block, place) => {
      if (block.run === run) {
        this.blocks[place] = change(block);
      }
    });
  }

  updateRun(id: string, change: (run: Run) => Partial<Run>): void {
    this.state.runs = this.state.runs.map(run => (run.id === id ? { ...run, ...change(run) } : run));
  }

  has(key: string): boolean {
    return this.place(key) !== undefined;
  }

  done(): SessionState {
    const changed =
      this.blocks.length !== this.from.blocks.length ||
      this.blocks.some((block, i) => block !== this.from.blocks[i]);
    return { ...this.state, blocks: changed ? this.blocks : this.from.blocks };
  }

  private place(key: string): number | undefined {
    this.places ??= new Map(this.blocks.map((block, place) => [block.key, place]));
    return this.places.get(key);
  }
}
