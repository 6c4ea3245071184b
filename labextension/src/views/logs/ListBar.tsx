/** The scroll bar of a list that holds only a window of its rows: it stands for all of them. */

import * as React from 'react';

import {
  barHeight,
  ROW,
  rowAt,
  shareOf,
  type IRowWindow
} from '../../model/rowWindow';

import { SETTLING } from './useRowWindow';

export interface IListBarProps {
  /** What scrolls through the window. */
  scroller: HTMLElement | null;
  /** The window. */
  rows: IRowWindow;
  total: number;
  /** Bring a row to the top of the list, wherever it is. */
  show(row: number): void;
  onPause(): void;
  onResume(): void;
}

/** So near the end, in rows, is at the end. */
const NEAR = 1;

export function ListBar(props: IListBarProps): JSX.Element {
  const { scroller, rows, total } = props;
  const latest = React.useRef(props);
  latest.current = props;
  const bar = React.useRef<HTMLDivElement>(null);
  /** Where the bar was put from here: not by the reader. */
  const told = React.useRef(0);
  const held = React.useRef(false);

  const follow = React.useCallback(() => {
    const { scroller, rows, total } = latest.current;
    if (scroller === null || bar.current === null || held.current) {
      return;
    }
    const page = pageOf(scroller);
    const row = rowAt(shareNow(scroller), rows, page);
    setShare(bar.current, shareOf(row, { first: 0, count: total }, page));
    told.current = bar.current.scrollTop;
  }, []);

  React.useLayoutEffect(follow, [follow, scroller, rows.first, total]);

  React.useEffect(() => {
    const element = bar.current;
    if (scroller === null || element === null) {
      return;
    }
    const drag = () => {
      const step = element.scrollTop - told.current;
      if (Math.abs(step) < 1) {
        return;
      }
      told.current = element.scrollTop;
      const { rows, total, show, onPause, onResume } = latest.current;
      const page = pageOf(scroller);
      // The smallest drag is more than a page here: this was a click beside the handle.
      const isClick = Math.abs(step) <= element.clientHeight;
      if (isClick) {
        scroller.scrollBy(0, step);
      }
      const row = isClick
        ? rowAt(shareNow(scroller), rows, page)
        : rowAt(shareNow(element), { first: 0, count: total }, page);
      if (step < 0) {
        onPause();
      } else if (row > total - page - NEAR) {
        onResume();
        return;
      }
      if (!isClick) {
        show(Math.floor(row));
      }
    };
    const wheel = (event: WheelEvent) => {
      // Over the bar it means the list, pixel by pixel.
      event.preventDefault();
      scroller.dispatchEvent(new WheelEvent('wheel', event));
      scroller.scrollBy(0, event.deltaY * (event.deltaMode === 1 ? ROW : 1));
    };
    let letGo: number | undefined;
    const down = () => {
      window.clearTimeout(letGo);
      held.current = true;
    };
    const up = () => {
      // A click beside the handle moves it for a moment yet.
      window.clearTimeout(letGo);
      letGo = window.setTimeout(() => {
        held.current = false;
        follow();
      }, SETTLING);
    };
    scroller.addEventListener('scroll', follow, { passive: true });
    element.addEventListener('scroll', drag, { passive: true });
    element.addEventListener('wheel', wheel, { passive: false });
    element.addEventListener('pointerdown', down);
    document.addEventListener('pointerup', up);
    document.addEventListener('pointercancel', up);
    return () => {
      window.clearTimeout(letGo);
      held.current = false;
      scroller.removeEventListener('scroll', follow);
      element.removeEventListener('scroll', drag);
      element.removeEventListener('wheel', wheel);
      element.removeEventListener('pointerdown', down);
      document.removeEventListener('pointerup', up);
      document.removeEventListener('pointercancel', up);
    };
  }, [scroller, follow]);

  return (
    <div
      className="jp-alphamed-Logs-scrollbar"
      ref={bar}
      aria-hidden
      tabIndex={-1}
    >
      <div style={{ height: barHeight(total) }} />
    </div>
  );
}

/** How many rows an element shows, unfolded ones apart. */
function pageOf(element: HTMLElement): number {
  return element.clientHeight / ROW;
}

function shareNow(element: HTMLElement): number {
  const room = element.scrollHeight - element.clientHeight;
  return room <= 0 ? 0 : element.scrollTop / room;
}

function setShare(element: HTMLElement, share: number): void {
  element.scrollTop = share * (element.scrollHeight - element.clientHeight);
}
