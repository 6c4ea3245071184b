/** Which of very many rows the list holds. */

import * as React from 'react';

import { beginFor, windowAt, type IRowWindow } from '../../model/rowWindow';

export interface IListWindow extends IRowWindow {
  /** By how many rows it has slid down in all; jumps are not counted. */
  readonly slid: number;
  /** It is not all there is. */
  readonly isPart: boolean;
  /** Its end is the end of all rows. */
  readonly reachesEnd: boolean;
  /** Hold a row well inside: what the list shows changes where it stands. Tells whether that takes another drawing. */
  jump(row: number): boolean;
  /** The reader is at a row: move on before the end, so that nothing on screen moves. */
  slide(row: number): void;
}

/** So long, in milliseconds, a list moves by itself when its window has moved. */
export const SETTLING = 150;

/** @param start - the row that is seen at first. */
export function useRowWindow(total: number, start: number): IListWindow {
  const [place, setPlace] = React.useState(() => ({
    first: beginFor(start, 0, total),
    slid: 0
  }));
  const rows = windowAt(place.first, total);
  const latest = React.useRef(total);
  latest.current = total;
  const begin = React.useRef(rows.first);
  begin.current = rows.first;
  const jump = React.useCallback((row: number) => {
    const first = beginFor(row, begin.current, latest.current);
    if (first === begin.current) {
      return false;
    }
    begin.current = first;
    setPlace(({ slid }) => ({ first, slid }));
    return true;
  }, []);
  const slidAt = React.useRef(-Infinity);
  const slide = React.useCallback((row: number) => {
    const from = begin.current;
    const first = beginFor(row, from, latest.current);
    const now = performance.now();
    // Until the list is scrolled to where its rows are now, other rows seem to be on screen.
    if (first !== from && now - slidAt.current > SETTLING) {
      slidAt.current = now;
      begin.current = first;
      setPlace(({ slid }) => ({ first, slid: slid + first - from }));
    }
  }, []);
  return {
    ...rows,
    slid: place.slid,
    isPart: rows.count < total,
    reachesEnd: rows.first + rows.count >= total,
    jump,
    slide
  };
}
