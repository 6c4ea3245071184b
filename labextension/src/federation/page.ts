import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

/** Whether somebody can look at this browser tab, and whether it may have slept. */
export interface IPage {
  readonly visible: boolean;
  /** `visible` has changed. */
  readonly changed: ISignal<IPage, void>;
  /** The computer may have slept, or the network is back: what seems connected may not be. */
  readonly woken: ISignal<IPage, void>;
}

/** The browser's own idea of it. */
export class Page implements IPage {
  constructor() {
    document.addEventListener('visibilitychange', () => {
      this._changed.emit();
      if (this.visible) {
        this._woken.emit();
      }
    });
    for (const name of ['online', 'focus', 'pageshow']) {
      window.addEventListener(name, () => this._woken.emit());
    }
  }

  get visible(): boolean {
    return !document.hidden;
  }

  get changed(): ISignal<IPage, void> {
    return this._changed;
  }

  get woken(): ISignal<IPage, void> {
    return this._woken;
  }

  private _changed = new Signal<IPage, void>(this);
  private _woken = new Signal<IPage, void>(this);
}
