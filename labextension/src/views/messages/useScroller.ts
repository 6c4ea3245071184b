import * as React from 'react';
import type { IDiagram } from '../../model/diagram';

/** The head stands on top of the rows. */
export const HEAD_HEIGHT = 27;
const STEP = 120;
const OVERSCAN = 240;

export interface IScroller {
  ref: React.RefObject<HTMLDivElement>;
  /** What is to be drawn, from top to bottom. */
  drawn: readonly [number, number];
  onScroll: () => void;
  /** What is on screen, from top to bottom. */
  visible: () => [number, number];
  scrollTo: (top: number) => void;
  /** Bring a stretch into view: not at all if it is, else to the middle. */
  reveal: (top: number, bottom: number) => void;
  /** After the next layout the moment in the middle of the view is in the middle again. */
  hold: () => void;
}

interface IOptions {
  diagram: IDiagram;
  size: { width: number; height: number };
  following: boolean;
  setFollowing: (following: boolean) => void;
  /** The view has moved. */
  onMoved: () => void;
}

/** The vertical scrolling of the diagram: windowing, following the end, and staying where the user is. */
export function useScroller(options: IOptions): IScroller {
  const { diagram, size, following, setFollowing, onMoved } = options;
  const ref = React.useRef<HTMLDivElement>(null);
  const [place, setPlace] = React.useState(0);
  const last = React.useRef(0);
  const held = React.useRef<number | null>(null);
  const layout = React.useRef(diagram);

  const room = Math.max(size.height - HEAD_HEIGHT, 0);
  const visible = (): [number, number] => {
    const top = ref.current?.scrollTop ?? 0;
    return [top, top + room];
  };
  const scrollTo = (top: number): void => {
    if (ref.current !== null) {
      ref.current.scrollTop = top;
      last.current = ref.current.scrollTop;
      setPlace(Math.floor(last.current / STEP));
    }
  };

  React.useLayoutEffect(() => {
    layout.current = diagram;
    const element = ref.current;
    if (element === null || room === 0) {
      return;
    }
    if (held.current !== null) {
      scrollTo(diagram.heightAt(held.current) - room / 2);
      held.current = null;
    } else if (following) {
      scrollTo(element.scrollHeight);
    }
    onMoved();
    // What else changes does not move the view.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [diagram, following, room]);

  return {
    ref,
    drawn: [
      Math.max(0, place * STEP - OVERSCAN),
      place * STEP + STEP + room + OVERSCAN
    ],
    onScroll: () => {
      const element = ref.current;
      if (element === null) {
        return;
      }
      const { scrollTop, scrollHeight, clientHeight } = element;
      const bottom = scrollTop + clientHeight >= scrollHeight - 2;
      if (following && scrollTop < last.current - 1 && !bottom) {
        setFollowing(false);
      } else if (!following && scrollTop > last.current + 1 && bottom) {
        setFollowing(true);
      }
      last.current = scrollTop;
      setPlace(Math.floor(scrollTop / STEP));
      onMoved();
    },
    visible,
    scrollTo,
    reveal: (top, bottom) => {
      const [from, to] = visible();
      if (top < from || bottom > to) {
        scrollTo((top + bottom) / 2 - room / 2);
      }
    },
    hold: () => {
      const [from, to] = visible();
      held.current = layout.current.timeAt((from + to) / 2);
    }
  };
}
