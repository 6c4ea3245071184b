/** Between which places a list shows its records: after what was cleared, up to a moment of the past. */

import type { Places } from './places';

export interface ILimits {
  /** Records up to this number are not shown; 0: all are. */
  cleared: number;
  /** Records after this number are not shown; null: all are. */
  asOf: number | null;
}

export class Bounds {
  constructor(
    private readonly _places: Places,
    private readonly _changed: () => void
  ) {}

  /** The first place that is shown. */
  get low(): number {
    return this._low;
  }

  /** The one after the last that is shown. */
  get high(): number {
    return Math.min(this._places.lines.total, this._high);
  }

  /** Everything is shown. */
  clear(): void {
    this._latest = null;
    this._low = 0;
    this._high = Infinity;
  }

  /** Find the places that these limits mean. */
  async find(limits: ILimits): Promise<void> {
    this._latest = limits;
    const { generation } = this._places;
    const { cleared, asOf } = limits;
    try {
      const [low, high] = await Promise.all([
        cleared === 0 ? 0 : this._places.countUpTo(cleared),
        asOf === null ? Infinity : this._places.countUpTo(asOf)
      ]);
      if (this._latest === limits && generation === this._places.generation) {
        this._low = low;
        this._high = high;
        this._changed();
      }
    } catch (error) {
      this._places.fail(error);
    }
  }

  private _latest: ILimits | null = null;
  private _low = 0;
  private _high = Infinity;
}
