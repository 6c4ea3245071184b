/** What the reader means by scrolling: to stay where they are, or to go on with the newest. */

import * as React from 'react';

import { SETTLING } from './useRowWindow';

export interface IReaderProps {
  follow: boolean;
  /** The list's window: where it begins, and whether its end is the end of all rows. */
  rows: { readonly first: number; readonly reachesEnd: boolean };
  onPause(): void;
  onResume(): void;
}

/** A scroll so soon after a wheel or a finger is the reader's. */
const INTENT = 500;
/** So near the end is at the end. */
const NEAR = 20;

/**
 * Pauses when the reader scrolls up, resumes when they reach the end, and keeps a followed list at its end. What it
 * returns is to be called when the list has grown.
 */
export function useReader(
  scroller: HTMLElement | null,
  props: IReaderProps
): () => void {
  const latest = React.useRef(props);
  latest.current = props;
  /** Where the end was, and until when: it moves on while the reader scrolls towards it. */
  const ends = React.useRef<{ until: number; end: number }[]>([]);
  const frame = React.useRef(0);
  const moved = React.useRef(-Infinity);
  const { first } = props.rows;
  const known = React.useRef(first);
  if (known.current !== first) {
    known.current = first;
    moved.current = performance.now();
  }
  React.useEffect(() => () => cancelAnimationFrame(frame.current), []);

  React.useEffect(() => {
    if (scroller === null) {
      return;
    }
    let top = scroller.scrollTop;
    let meant = -Infinity;
    let held = false;
    const intend = () => {
      meant = performance.now();
    };
    const wheel = (event: WheelEvent) => {
      intend();
      if (event.deltaY < 0 && scroller.scrollTop > 0) {
        latest.current.onPause();
      }
    };
    const down = (event: PointerEvent) => {
      // On the element itself, not on a row: that is its scroll bar.
      held = event.target === scroller;
    };
    const up = () => {
      if (held) {
        intend();
      }
      held = false;
    };
    const scroll = () => {
      const isUp = scroller.scrollTop < top - 1;
      top = scroller.scrollTop;
      const now = performance.now();
      if ((!held && now - meant > INTENT) || now - moved.current < SETTLING) {
        return;
      }
      if (isUp) {
        latest.current.onPause();
      } else if (!latest.current.follow && latest.current.rows.reachesEnd) {
        const end = Math.min(
          endOf(scroller),
          ...recent(ends.current).map(old => old.end)
        );
        if (top > end - NEAR) {
          latest.current.onResume();
        }
      }
    };
    scroller.addEventListener('wheel', wheel, { passive: true });
    scroller.addEventListener('touchmove', intend, { passive: true });
    scroller.addEventListener('pointerdown', down);
    document.addEventListener('pointerup', up);
    scroller.addEventListener('scroll', scroll, { passive: true });
    return () => {
      scroller.removeEventListener('wheel', wheel);
      scroller.removeEventListener('touchmove', intend);
      scroller.removeEventListener('pointerdown', down);
      document.removeEventListener('pointerup', up);
      scroller.removeEventListener('scroll', scroll);
    };
  }, [scroller]);

  const end = React.useRef(0);
  return React.useCallback(() => {
    if (scroller === null) {
      return;
    }
    ends.current = recent(ends.current);
    ends.current.push({ until: performance.now(), end: end.current });
    const settle = () => {
      end.current = endOf(scroller);
      if (latest.current.follow) {
        scroller.scrollTop = end.current;
      }
    };
    settle();
    // Once more when the new rows have been measured.
    cancelAnimationFrame(frame.current);
    frame.current = requestAnimationFrame(settle);
  }, [scroller]);
}

function endOf(scroller: HTMLElement): number {
  return scroller.scrollHeight - scroller.clientHeight;
}

function recent<T extends { until: number }>(ends: readonly T[]): T[] {
  const since = performance.now() - INTENT;
  return ends.filter(({ until }) => until > since);
}
