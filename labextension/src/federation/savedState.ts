import { viewOf } from '../views';

/** What of a model survives a reload; JSON. */
export interface IRunModelState {
  task: string | null;
  run: number | null;
  pinned: boolean;
  view: string;
  hidden: string[];
  saved: Record<string, unknown>;
  /** When the newest task known at the last choice had started: a later one takes the view over. */
  newest: number;
}

/** Read with care, since anybody may have written it. */
export function readState(
  state: Partial<Record<keyof IRunModelState, unknown>>
): IRunModelState {
  const { task, run, pinned, view, hidden, saved, newest } = state;
  return {
    task: typeof task === 'string' ? task : null,
    run: typeof run === 'number' ? run : null,
    pinned: pinned === true,
    view: viewOf({ view }).name,
    hidden: Array.isArray(hidden)
      ? hidden.filter(node => typeof node === 'string')
      : [],
    saved:
      typeof saved === 'object' && saved !== null && !Array.isArray(saved)
        ? { ...saved }
        : {},
    newest: typeof newest === 'number' ? newest : 0
  };
}
