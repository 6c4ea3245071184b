/** Which error records somebody has looked at, in this browser. */

import { reportFault } from '../hub/faults';

type Store = Pick<Storage, 'getItem' | 'setItem'>;

const KEY = 'alphamed_nb:seen';

/** Kept by hub, since numbers of another hub mean nothing. Only errors that the hub still names are kept: it is little. */
export class SeenErrors {
  /** @param _store the mere access to it may be forbidden */
  constructor(private readonly _store: () => Store) {}

  /** From now on about this hub. */
  open(hub: string): void {
    if (hub !== this._hub) {
      this._hub = hub;
      this._seen = this._read();
    }
  }

  unseen(task: string, errors: readonly number[]): readonly number[] {
    const seen = this._seen.get(task);
    return seen === undefined ? errors : errors.filter(seq => !seen.has(seq));
  }

  /** Whether that was news. */
  add(
    task: string,
    seqs: readonly number[],
    errors: readonly number[]
  ): boolean {
    // Other tabs of this browser write the same entry.
    this._seen = this._read();
    const before = this._seen.get(task) ?? new Set<number>();
    const fresh = seqs.filter(seq => !before.has(seq));
    if (fresh.length === 0) {
      return false;
    }
    const named = new Set(errors);
    const after = [...before, ...fresh].filter(seq => named.has(seq));
    this._seen.set(task, new Set(after));
    this._write();
    return true;
  }

  /** Forget tasks that are gone. */
  keepOnly(tasks: ReadonlySet<string>): void {
    const gone = [...this._seen.keys()].filter(task => !tasks.has(task));
    if (gone.length > 0) {
      gone.forEach(task => this._seen.delete(task));
      this._write();
    }
  }

  private _read(): Map<string, Set<number>> {
    const text = this._access(store => store.getItem(KEY));
    if (text === undefined) {
      return this._seen;
    }
    const kept = text === null ? null : parsed(text);
    if (!isKept(kept) || kept.hub !== this._hub) {
      return new Map();
    }
    return new Map(
      Object.entries(kept.tasks).map(([task, seqs]) => [task, new Set(seqs)])
    );
  }

  private _write(): void {
    const tasks = Object.fromEntries(
      [...this._seen].map(([task, seqs]) => [task, [...seqs]])
    );
    const text = JSON.stringify({ hub: this._hub, tasks });
    this._access(store => store.setItem(KEY, text));
  }

  /** Undefined where the browser forbids it, or is full: then the page remembers alone, and says so once. */
  private _access<T>(act: (store: Store) => T): T | undefined {
    try {
      return act(this._store());
    } catch (error) {
      if (!(error instanceof DOMException)) {
        throw error;
      }
      if (!this._told) {
        this._told = true;
        reportFault('this page alone remembers which errors were seen', error);
      }
      return undefined;
    }
  }

  private _told = false;
  private _hub = '';
  private _seen = new Map<string, Set<number>>();
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) {
      throw error;
    }
    // The next write puts it right.
    reportFault('which errors were seen could not be read', error);
    return null;
  }
}

interface IKept {
  hub: string;
  tasks: Record<string, number[]>;
}

function isKept(value: unknown): value is IKept {
  return (
    typeof value === 'object' &&
    value !== null &&
    'hub' in value &&
    'tasks' in value &&
    typeof value.tasks === 'object' &&
    value.tasks !== null &&
    Object.values(value.tasks).every(Array.isArray)
  );
}
