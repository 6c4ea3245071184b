/** What of the Logs view survives a reload: read with care, since anybody may have written it. */

import { NO_TEXT, type ITextFilter } from '../../model/filters';
import { LEVELS } from '../../model/records';
import type { LevelName } from '../../tokens';

export interface ISavedLogs {
  readonly text: ITextFilter;
  readonly levels: readonly LevelName[];
  readonly follow: boolean;
  /** By run (`runKey`): records up to that number are hidden. */
  readonly cleared: Readonly<Record<string, number>>;
}

/** So many runs are remembered as cleared. */
const RUNS = 50;

export const FRESH: ISavedLogs = {
  text: NO_TEXT,
  levels: LEVELS,
  follow: true,
  cleared: {}
};

export function runKey(task: string, run: number): string {
  return `${task}/${run}`;
}

export function readSaved(value: unknown): ISavedLogs {
  if (typeof value !== 'object' || value === null) {
    return FRESH;
  }
  const { text, levels, follow, cleared } = value as Record<string, unknown>;
  return {
    text: readText(text),
    levels: Array.isArray(levels)
      ? LEVELS.filter(level => levels.includes(level))
      : LEVELS,
    follow: follow !== false,
    cleared: Object.fromEntries(
      Object.entries(
        typeof cleared === 'object' && cleared !== null ? cleared : {}
      ).filter(([, seq]) => typeof seq === 'number' && seq > 0)
    )
  };
}

function readText(value: unknown): ITextFilter {
  if (typeof value !== 'object' || value === null) {
    return NO_TEXT;
  }
  const { text, matchCase, regex, exclude } = value as Record<string, unknown>;
  return {
    text: typeof text === 'string' ? text : '',
    matchCase: matchCase === true,
    regex: regex === true,
    exclude: exclude === true
  };
}

/** Hide a run's records up to a number; 0: show them again. */
export function withCleared(
  saved: ISavedLogs,
  key: string,
  seq: number
): ISavedLogs {
  const others = Object.entries(saved.cleared).filter(([name]) => name !== key);
  return {
    ...saved,
    cleared: Object.fromEntries(
      seq > 0 ? [...others.slice(1 - RUNS), [key, seq]] : others
    )
  };
}

/** The error path: which record to show. A new `nonce` asks again. */
export interface IReveal {
  seq: number;
  nonce: unknown;
}

export function readReveal(value: unknown): IReveal | null {
  if (typeof value !== 'object' || value === null) {
    return null;
  }
  const { seq, nonce } = value as Record<string, unknown>;
  return typeof seq === 'number' ? { seq, nonce } : null;
}
