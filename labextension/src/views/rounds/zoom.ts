/** Which part of the time the bars show. */

import * as React from 'react';

import { within, zoomed } from '../../model/timeWindow';
import type { IRunModel, ITimeWindow } from '../../tokens';

export interface IZoom {
  /** What is shown. */
  window: ITimeWindow;
  /** Nothing is left out. */
  whole: boolean;
  by(factor: number, around?: number): void;
  move(seconds: number): void;
  /** Move so that this time can be seen. */
  show(at: number): void;
  fit(): void;
}

/** The part of the time that is shown; at the end of a task that goes on it moves along. */
export function useZoom(model: IRunModel, whole: ITimeWindow): IZoom {
  const [state, setState] = React.useState<{
    window: ITimeWindow;
    last: boolean;
  } | null>(null);
  let window = whole;
  if (state !== null) {
    const span = state.window.end - state.window.begin;
    window = within(
      state.last ? { begin: whole.end - span, end: whole.end } : state.window,
      whole
    );
  }
  const set = (next: ITimeWindow): void => {
    if (next.end - next.begin >= whole.end - whole.begin) {
      setState(null);
    } else {
      setState({ window: next, last: next.end >= whole.end });
    }
  };

  // The strip of the other views shows what this one shows.
  const { begin, end } = window;
  const all = state === null;
  React.useEffect(() => {
    model.setWindow(all ? null : { begin, end });
  }, [model, all, begin, end]);
  React.useEffect(
    () => () => {
      model.setWindow(null);
    },
    [model]
  );

  return {
    window,
    whole: all,
    by: (factor, around = (begin + end) / 2) => {
      set(zoomed(window, whole, factor, around));
    },
    move: seconds => {
      if (!all) {
        set(within({ begin: begin + seconds, end: end + seconds }, whole));
      }
    },
    show: at => {
      if (!all && (at < begin || at >= end)) {
        const half = (end - begin) / 2;
        set(within({ begin: at - half, end: at + half }, whole));
      }
    },
    fit: () => {
      setState(null);
    }
  };
}

/** Ctrl and the wheel zoom around the pointer; sideways, the wheel moves what is zoomed. */
export function useWheel(
  box: React.RefObject<HTMLElement>,
  window: ITimeWindow,
  head: number,
  width: number,
  zoom: IZoom
): void {
  const latest = React.useRef({ window, head, width, zoom });
  latest.current = { window, head, width, zoom };
  React.useEffect(() => {
    const element = box.current;
    const onWheel = (event: WheelEvent): void => {
      const { window, head, width, zoom } = latest.current;
      const span = window.end - window.begin;
      if (width <= 0 || element === null) {
        return;
      }
      if (event.ctrlKey || event.metaKey) {
        event.preventDefault();
        const left = element.getBoundingClientRect().left + head;
        const share = (event.clientX - left) / width;
        const around = window.begin + Math.min(1, Math.max(0, share)) * span;
        zoom.by(Math.exp(event.deltaY / 300), around);
      } else if (!zoom.whole && event.deltaX !== 0) {
        event.preventDefault();
        zoom.move((event.deltaX / width) * span);
      }
    };
    // React's own wheel listeners cannot prevent that the page zooms.
    element?.addEventListener('wheel', onWheel, { passive: false });
    return () => {
      element?.removeEventListener('wheel', onWheel);
    };
  }, [box]);
}
