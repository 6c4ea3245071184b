/** The place on the x axis that all charts of a view point at. */

import * as React from 'react';

export class Crosshair {
  /** Null: the pointer is elsewhere. */
  get x(): number | null {
    return this._x;
  }

  set(x: number | null): void {
    if (x !== this._x) {
      this._x = x;
      for (const listener of [...this._listeners]) {
        listener();
      }
    }
  }

  subscribe = (listener: () => void): (() => void) => {
    this._listeners.add(listener);
    return () => {
      this._listeners.delete(listener);
    };
  };

  private _x: number | null = null;
  private readonly _listeners = new Set<() => void>();
}

export function useCrosshair(crosshair: Crosshair): number | null {
  return React.useSyncExternalStore(crosshair.subscribe, () => crosshair.x);
}
