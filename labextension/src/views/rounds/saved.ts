/** What of the Rounds view survives a reload. */

import type { IRunRef } from '../../model/charts';
import type { XAxis } from '../../model/curves';
import type { IRunModel } from '../../tokens';

export interface ISaved {
  /** Runs whose curves are shown beside the view's own. */
  compare: readonly IRunRef[];
  axis: XAxis;
  /** All charts, also if there are many. */
  all: boolean;
}

const NAME = 'rounds';

export function savedOf(model: IRunModel): ISaved {
  const value = (model.saved[NAME] ?? {}) as Partial<ISaved>;
  const compare = Array.isArray(value.compare) ? value.compare : [];
  return {
    compare: compare.filter(isRef),
    axis: value.axis === 'time' ? 'time' : 'round',
    all: value.all === true
  };
}

export function save(model: IRunModel, change: Partial<ISaved>): void {
  model.save(NAME, { ...savedOf(model), ...change });
}

export function sameRun(a: IRunRef, b: IRunRef): boolean {
  return a.task === b.task && a.run === b.run;
}

function isRef(value: unknown): value is IRunRef {
  const { task, run } = (value ?? {}) as Partial<IRunRef>;
  return typeof task === 'string' && typeof run === 'number';
}
