/** Scales, numbers and names of charts. Pure. */

/** One of the runs that a chart shows. */
export interface IRunRef {
  task: string;
  run: number;
}

export interface INamedRun extends IRunRef {
  /** The scheduler's class; empty: not known. */
  scheduler: string;
  /** The task's short id. */
  short: string;
}

export interface IScale {
  min: number;
  max: number;
  ticks: readonly number[];
}

const STEPS: readonly number[] = [1, 2, 2.5, 5, 10];

/** The smallest of 1, 2, 2.5, 5 times a power of ten that is at least this; without `half` no 2.5. */
export function niceStep(least: number, half = true): number {
  const power = Math.pow(10, Math.floor(Math.log10(least)));
  const found = STEPS.find(
    step => (half || step !== 2.5) && step * power >= least * (1 - 1e-9)
  );
  return (found ?? 10) * power;
}

/** A y axis around values: round ticks, zero if it is near, and never beyond 1 for a share. */
export function yScale(
  values: readonly (number | null | undefined)[],
  share: boolean,
  most = 6
): IScale {
  let min = Infinity;
  let max = -Infinity;
  for (const value of values) {
    if (typeof value === 'number' && Number.isFinite(value)) {
      min = Math.min(min, value);
      max = Math.max(max, value);
    }
  }
  if (min > max) {
    return { min: 0, max: 1, ticks: [0, 1] };
  }
  if (min === max) {
    const room = Math.abs(min) * 0.1 || 1;
    min -= room;
    max += room;
  } else if (min >= 0 && min < (max - min) * 0.5) {
    min = 0;
  }
  if (share) {
    min = Math.max(0, min);
    max = Math.min(1, max);
  }
  if (!Number.isFinite(max - min)) {
    return { min, max, ticks: [min, max] };
  }
  const step = niceStep((max - min) / most);
  const first = Math.floor(min / step + 1e-9);
  const last = Math.ceil(max / step - 1e-9);
  const ticks = Array.from({ length: last - first + 1 }, (_, place) =>
    Number(((first + place) * step).toPrecision(12))
  );
  return { min: first * step, max: last * step, ticks };
}

/** A number of a metric: `92.0 %` for a share, else at most `digits` significant ones. */
export function formatValue(value: number, share: boolean, digits = 3): string {
  if (Number.isNaN(value)) {
    return 'NaN';
  }
  if (share) {
    return `${(value * 100).toFixed(1)} %`;
  }
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e7)) {
    return value.toExponential(digits - 1);
  }
  if (Number.isInteger(value)) {
    return value.toLocaleString('en-US');
  }
  return size >= 1000
    ? value.toLocaleString('en-US', { maximumFractionDigits: 1 })
    : value.toPrecision(digits);
}

/** The same in a column, where the decimals stand below each other. */
export function formatCell(value: number, share: boolean): string {
  const size = Math.abs(value);
  const plain = !share && size >= 0.001 && size < 1000;
  return plain && !Number.isInteger(value)
    ? value.toFixed(4)
    : formatValue(value, share, 4);
}

/** Labels of an axis, all with the same number of decimals. */
export function formatTicks(
  ticks: readonly number[],
  share: boolean
): string[] {
  const scaled = share ? ticks.map(tick => tick * 100) : ticks;
  const step = Math.abs((scaled[1] ?? 1) - (scaled[0] ?? 0));
  const size = scaled.reduce((most, tick) => Math.max(most, Math.abs(tick)), 0);
  if (!share && (size >= 1e7 || (step > 0 && step < 1e-4))) {
    return scaled.map(tick => (tick === 0 ? '0' : tick.toExponential(1)));
  }
  const digits =
    step > 0 ? Math.max(0, -Math.floor(Math.log10(step) + 1e-9)) : 0;
  const half = Math.abs(step * 10 ** digits - Math.round(step * 10 ** digits));
  const decimals = Math.min(8, digits + (half > 1e-6 ? 1 : 0));
  return scaled.map(tick => {
    const text = tick.toLocaleString('en-US', {
      minimumFractionDigits: decimals,
      maximumFractionDigits: decimals
    });
    return share ? `${text}%` : text;
  });
}

/** What curves are called: the scheduler's class, and what tells those of the same class apart. */
export function labelsOf(runs: readonly INamedRun[]): string[] {
  const base = runs.map(({ scheduler, short }) => scheduler || short);
  return runs.map((run, place) => {
    const name = base[place] ?? run.short;
    const same = runs.filter((_, other) => base[other] === name);
    const tasks = new Set(same.map(({ task }) => task));
    const parts = [name];
    if (tasks.size > 1 && name !== run.short) {
      parts.push(run.short);
    }
    if (same.filter(({ task }) => task === run.task).length > 1) {
      parts.push(`#${run.run}`);
    }
    return parts.join(' ');
  });
}

/** Labels that would lie over each other, moved apart: the same places, none closer than `gap`, all between the ends. */
export function spread(
  places: readonly number[],
  gap: number,
  low: number,
  high: number
): number[] {
  const order = places
    .map((place, index) => ({ place, index }))
    .sort((a, b) => a.place - b.place);
  let least = low;
  for (const item of order) {
    item.place = Math.max(item.place, least);
    least = item.place + gap;
  }
  let most = high;
  for (const item of [...order].reverse()) {
    item.place = Math.min(item.place, most);
    most = item.place - gap;
  }
  const result = [...places];
  for (const { place, index } of order) {
    result[index] = place;
  }
  return result;
}
