/** Going from one row to another: by rows, from error to error, from match to match. */

import * as React from 'react';

import type { ILogRecord } from '../../model/records';
import { neighbour } from '../../model/search';
import type { IListHandle } from './LogList';
import type { LogSource } from './data/source';

export interface IMoves {
  /** By so many rows; with nothing selected, to an end of what is on screen. */
  move(step: number): void;
  jump(index: number): void;
  /** To the next or the previous error. */
  step(by: 1 | -1): void;
  /** To the next or the previous match of the text. */
  match(by: 1 | -1): void;
}

export interface IMovePlaces {
  source: LogSource;
  list: React.RefObject<IListHandle>;
  selected: ILogRecord | null;
  /** The detail pane is open. */
  detail: boolean;
  errors: readonly number[];
  select(record: ILogRecord): void;
  reveal(seq: number): void;
}

export function useMoves(places: IMovePlaces): IMoves {
  const { source, list, selected, detail, errors, select, reveal } = places;
  const indexOfSelected = () =>
    selected === null ? null : source.indexOf(selected.seq);

  // The pane takes its place from the list.
  React.useEffect(() => {
    const index = detail ? indexOfSelected() : null;
    const frame = requestAnimationFrame(() => {
      if (index !== null) {
        list.current?.show(index);
      }
    });
    return () => cancelAnimationFrame(frame);
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [detail]);

  const jump = (to: number) => {
    const inside = Math.min(Math.max(0, to), source.count - 1);
    const record = source.at(inside);
    list.current?.show(inside);
    if (record !== undefined) {
      select(record);
    }
  };
  return {
    jump,
    move: step => {
      const index = indexOfSelected();
      const [low, high] = list.current?.range() ?? [0, 0];
      jump(index === null ? (step > 0 ? low : high) : index + step);
    },
    step: by => {
      const [low] = list.current?.range() ?? [0, 0];
      const from = selected?.seq ?? source.at(low)?.seq ?? 0;
      const next = neighbour(errors, from, by);
      if (next !== null) {
        reveal(next);
      }
    },
    match: by => {
      if (source.finder.active && source.count > 0) {
        const index = indexOfSelected();
        const next = index === null ? (by > 0 ? 0 : -1) : index + by;
        jump((next + source.count) % source.count);
      }
    }
  };
}
