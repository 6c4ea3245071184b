/** Tells those who draw something that it has changed: once for all changes of a turn. For `useSyncExternalStore`. */
export class Changes {
  /** Grows with each change. */
  readonly version = (): number => this._version;

  readonly subscribe = (listener: () => void): (() => void) => {
    this._listeners.add(listener);
    return () => this._listeners.delete(listener);
  };

  readonly emit = (): void => {
    if (!this._isScheduled) {
      this._isScheduled = true;
      queueMicrotask(() => {
        this._isScheduled = false;
        this._version++;
        this._listeners.forEach(listener => listener());
      });
    }
  };

  /** Nobody is told any more. */
  clear(): void {
    this._listeners.clear();
  }

  private readonly _listeners = new Set<() => void>();
  private _version = 0;
  private _isScheduled = false;
}
