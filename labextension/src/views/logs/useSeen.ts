/** What is on screen: told to the strip, and errors that were there for a second count as seen. */

import * as React from 'react';

import { isError } from '../../model/records';
import type { IRunModel } from '../../tokens';
import type { LogSource } from './data/source';

/** Returns what to call with the first and the last row on screen. */
export function useSeen(
  model: IRunModel,
  source: LogSource,
  task: string
): (first: number, last: number) => void {
  const timer = React.useRef<ReturnType<typeof setTimeout>>();
  const visible = React.useRef<readonly number[]>([]);
  React.useEffect(
    () => () => {
      clearTimeout(timer.current);
      model.setWindow(null);
    },
    [model]
  );
  return (first, last) => {
    let begin: number | null = null;
    let end = 0;
    const seqs: number[] = [];
    for (let index = first; index <= last; index++) {
      const record = source.at(index);
      if (record !== undefined) {
        begin ??= record.at;
        end = record.at;
        if (isError(record)) {
          seqs.push(record.seq);
        }
      }
    }
    if (begin !== null) {
      model.setWindow({ begin, end: Math.max(begin, end) });
    }
    const unseen = new Set(model.federation.unseenErrors(task));
    const wanted = seqs.filter(seq => unseen.has(seq));
    const added = wanted.some(seq => !visible.current.includes(seq));
    visible.current = wanted;
    if (wanted.length > 0 && (added || timer.current === undefined)) {
      clearTimeout(timer.current);
      timer.current = setTimeout(() => {
        timer.current = undefined;
        if (visible.current.length > 0 && model.visible) {
          model.federation.markSeen(task, visible.current);
        }
      }, 1000);
    }
  };
}
