/** What of the Rounds view survives a reload. */

import type { IRunRef } from '../../model/charts';
import type { XAxis } from '../../model/curves';

export interface ISaved {
  /** Runs whose curves are shown beside the view's own. */
  compare: readonly IRunRef[];
  axis: XAxis;
  /** All charts, also if there are many. */
  all: boolean;
}

export function readSaved(saved: unknown): ISaved {
  const value = (saved ?? {}) as Partial<ISaved>;
  const compare = Array.isArray(value.compare) ? value.compare : [];
  return {
    compare: compare.filter(isRef),
    axis: value.axis === 'time' ? 'time' : 'round',
    all: value.all === true
  };
}

export function sameRun(a: IRunRef, b: IRunRef): boolean {
  return a.task === b.task && a.run === b.run;
}

function isRef(value: unknown): value is IRunRef {
  const { task, run } = (value ?? {}) as Partial<IRunRef>;
  return typeof task === 'string' && typeof run === 'number';
}
