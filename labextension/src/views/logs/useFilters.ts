/** Which records a Logs view shows, as it was left: text, levels, what was cleared, and whether it follows. */

import * as React from 'react';

import { NO_TEXT, sameText, type ITextFilter } from '../../model/filters';
import { LEVELS } from '../../model/records';
import type { IRunModel, LevelName } from '../../tokens';
import { useSaved } from '../common/useSaved';
import { readSaved, withCleared, type ISavedLogs } from './saved';

export interface IFilters {
  saved: ISavedLogs;
  levels: ReadonlySet<LevelName>;
  setFilter(text: ITextFilter): void;
  setLevel(level: LevelName, only: boolean): void;
  clearFilters(): void;
  setFollow(follow: boolean): void;
  /** Hide the records of a run (`runKey`) up to a number. */
  clear(key: string, seq: number): void;
}

export function useFilters(model: IRunModel): IFilters {
  const [saved, change, latest] = useSaved(model, 'logs', readSaved);
  const levels = React.useMemo(() => new Set(saved.levels), [saved.levels]);
  return {
    saved,
    levels,
    setFilter: text => {
      if (!sameText(text, saved.text) || text.text === '') {
        change({ text });
      }
    },
    setLevel: (level, only) => {
      const all = LEVELS.every(name => (name === level) === levels.has(name));
      const next = LEVELS.filter(name =>
        only ? all || name === level : levels.has(name) !== (name === level)
      );
      change({ levels: next });
    },
    clearFilters: () => {
      change({ text: NO_TEXT, levels: LEVELS });
      model.showAllNodes();
    },
    setFollow: follow => {
      if (follow !== latest().follow) {
        change({ follow });
      }
    },
    clear: (key, seq) => change(withCleared(latest(), key, seq))
  };
}
