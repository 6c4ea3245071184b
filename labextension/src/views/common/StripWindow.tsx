import * as React from 'react';
import type { IRange } from '../../model/strip';
import { xOf } from '../../model/strip';
import type { IRunModel, ITimeWindow } from '../../tokens';

/** The time that the view below shows. */
export function StripWindow(props: {
  shown: ITimeWindow;
  range: IRange;
}): JSX.Element {
  const { shown, range } = props;
  const [left, right] = edges(shown, range);
  return (
    <div
      className="jp-alphamed-Strip-window"
      style={{ left, width: right - left }}
    />
  );
}

function edges(shown: ITimeWindow, range: IRange): [number, number] {
  const left = Math.max(0, Math.min(range.width - 3, xOf(range, shown.begin)));
  const right = Math.min(range.width, xOf(range, shown.end));
  return [left, Math.max(left + 3, right)];
}

/** Pixels that the pointer must move for a click to be a drag. */
const SLACK = 3;

export interface IWindowDrag {
  /** What is shown while the window is dragged; null: it is not. */
  dragged: ITimeWindow | null;
  handlers: Pick<
    React.DOMAttributes<HTMLElement>,
    | 'onPointerDown'
    | 'onPointerMove'
    | 'onPointerUp'
    | 'onPointerCancel'
    | 'onClickCapture'
  >;
}

/**
 * Dragging the window takes the view along. The handlers stand on what holds the lanes, so that bars under the window keep their
 * tool tips and a click there still leads to that moment.
 */
export function useWindowDrag(
  model: IRunModel,
  range: IRange,
  /** Where the lanes begin. */
  head: number
): IWindowDrag {
  const [dragged, setDragged] = React.useState<ITimeWindow | null>(null);
  const from = React.useRef<{ x: number; shown: ITimeWindow } | null>(null);
  const moved = React.useRef(false);
  const inside = (event: React.PointerEvent<HTMLElement>) => {
    const shown = model.window;
    if (shown === null) {
      return false;
    }
    const x =
      event.clientX - event.currentTarget.getBoundingClientRect().left - head;
    const [left, right] = edges(shown, range);
    return x >= left && x <= right;
  };
  const end = (event: React.PointerEvent<HTMLElement>) => {
    if (event.currentTarget.hasPointerCapture(event.pointerId)) {
      event.currentTarget.releasePointerCapture(event.pointerId);
    }
    from.current = null;
    setDragged(null);
  };
  return {
    dragged,
    handlers: {
      onPointerDown: event => {
        moved.current = false;
        if (event.button === 0 && model.window !== null && inside(event)) {
          from.current = { x: event.clientX, shown: model.window };
        }
      },
      onPointerMove: event => {
        if ((event.buttons & 1) === 0) {
          // It was let go where nobody told us.
          from.current = null;
        }
        const start = from.current;
        if (start === null) {
          event.currentTarget.classList.toggle('jp-mod-grab', inside(event));
          return;
        }
        const pixels = event.clientX - start.x;
        if (!moved.current && Math.abs(pixels) < SLACK) {
          return;
        }
        if (!moved.current) {
          moved.current = true;
          event.currentTarget.setPointerCapture(event.pointerId);
        }
        const shown = movedBy(start.shown, pixels, range);
        setDragged(shown);
        model.setWindow(shown);
        model.setMoment({ at: (shown.begin + shown.end) / 2, seq: null });
      },
      onPointerUp: end,
      onPointerCancel: end,
      onClickCapture: event => {
        if (moved.current) {
          // The end of a drag is no click.
          moved.current = false;
          event.stopPropagation();
        }
      }
    }
  };
}

function movedBy(
  shown: ITimeWindow,
  pixels: number,
  range: IRange
): ITimeWindow {
  const length = shown.end - shown.begin;
  const span = range.end - range.begin;
  const seconds = (pixels / Math.max(1, range.width)) * span;
  const most = Math.max(range.begin, range.end - length);
  const begin = Math.min(most, Math.max(range.begin, shown.begin + seconds));
  return { begin, end: begin + length };
}
