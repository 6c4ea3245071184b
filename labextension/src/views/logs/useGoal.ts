/** Going to a record, a time, or a place in the list: as soon as its rows are there. */

import * as React from 'react';

import { isAway } from '../../hub/errors';
import { isError, type ILogRecord } from '../../model/records';
import type { IRunState } from '../../tokens';
import type { IListHandle } from './LogList';
import type { LogSource } from './data/source';

export interface IGoal {
  /**
   * - `record`: this very record, selected and unfolded;
   * - `error`: the same, rather the traceback that belongs to it;
   * - `moment`: what was logged at that time;
   * - `place`: the first row of a paused list.
   */
  kind: 'record' | 'error' | 'moment' | 'place';
  /** The record's number, or one of another row of the journal; null: only the time is known. */
  seq: number | null;
  at: number;
}

/** So often it is tried: a record may be on its way, or a filter that hides it still in force. */
const TRIES = 8;

export interface IGoalPlaces {
  source: LogSource;
  list: React.RefObject<IListHandle>;
  run: IRunState | null;
  /** The rows are those that the filters mean. */
  isSettled: boolean;
  /** A record that was asked for is there. */
  onArrive(record: ILogRecord): void;
  /** A record that was asked for is hidden by a filter. */
  onHidden(): void;
}

/** Returns what to call to go somewhere; what was under way before is forgotten. */
export function useGoal(places: IGoalPlaces): (goal: IGoal) => void {
  const { source } = places;
  const goal = React.useRef<(IGoal & { tries: number }) | null>(null);
  const latest = React.useRef(places);
  latest.current = places;
  const busy = React.useRef(false);

  const approach = React.useCallback(async () => {
    const { source, list, isSettled } = latest.current;
    const aim = goal.current;
    if (aim === null || busy.current || !isSettled || list.current === null) {
      return;
    }
    busy.current = true;
    aim.tries++;
    let index: number | null = null;
    try {
      index = await indexOf(source, aim, latest.current.run);
    } catch (error) {
      busy.current = false;
      if (goal.current === aim && !isAway(error)) {
        goal.current = null;
      }
      aim.tries--; // again when the hub is back, which changes the source
      source.fail(error);
      if (goal.current !== null && goal.current !== aim) {
        void approach(); // somewhere else meanwhile
      }
      return;
    }
    busy.current = false;
    if (goal.current !== aim) {
      void approach(); // somewhere else meanwhile
    } else if (index !== null) {
      goal.current = null;
      arrive(latest.current, index, aim);
    } else if (aim.tries >= TRIES || aim.kind === 'place') {
      goal.current = null;
    } else if (aim.tries === 1 && aim.kind !== 'moment') {
      latest.current.onHidden();
    }
  }, []);

  const version = source.version();
  React.useEffect(() => {
    void approach();
  }, [approach, version, places.isSettled, source.count]);

  return React.useCallback(
    aim => {
      // A list that only wants to stay where it is gives way.
      if (aim.kind === 'place' && goal.current !== null) {
        return;
      }
      goal.current = { ...aim, tries: 0 };
      void approach();
    },
    [approach]
  );
}

function indexOf(
  source: LogSource,
  { kind, seq, at }: IGoal,
  run: IRunState | null
): Promise<number | null> {
  if (seq === null) {
    return source.indexAt(at, run === null ? 0 : numberAt(run, at));
  }
  return kind === 'record' || kind === 'error'
    ? source.reveal(seq)
    : source.near(seq);
}

function arrive(places: IGoalPlaces, index: number, aim: IGoal): void {
  const { source, list, onArrive } = places;
  const at = aim.kind === 'error' ? tracebackOf(source, index) : index;
  const record = source.at(at);
  switch (aim.kind) {
    case 'place':
      list.current?.show(at, 'top');
      break;
    case 'moment':
      list.current?.show(at, 'middle');
      break;
    default:
      list.current?.show(at, 'upper');
      if (record !== undefined) {
        onArrive(record);
      }
  }
}

/** A failed node says so in one line; its traceback is a record of its own, close by. */
function tracebackOf(source: LogSource, index: number): number {
  const record = source.at(index);
  if (record !== undefined && isError(record) && !record.body.traceback) {
    for (let at = index + 1; at < index + 40; at++) {
      const other = source.at(at);
      if (other === undefined || other.at - record.at > 2) {
        break;
      }
      if (other.node === record.node && other.body.source === 'traceback') {
        return at;
      }
    }
  }
  return index;
}

/** A journal number from about that time: the latest state of any node that began before it. */
function numberAt(run: IRunState, at: number): number {
  let number = run.seq;
  for (const { intervals } of run.members) {
    for (const [, , , begin, , seq] of intervals) {
      if (begin <= at && seq > number) {
        number = seq;
      }
    }
  }
  return number;
}
