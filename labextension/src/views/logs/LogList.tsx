/** The list itself: only the rows on screen exist. It says what it shows, and when the reader leaves or reaches the end. */

import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import { Virtuoso, type VirtuosoHandle } from 'react-virtuoso';

import { ROW } from '../../model/rowWindow';
import type { INames } from '../common/hooks';
import type { IBand } from './bands';
import { ListBar } from './ListBar';
import { ListItem } from './ListItem';
import { rowId, type IRowActions } from './LogRow';
import type { LogSource } from './data/source';
import { useReader } from './useReader';
import { useRowWindow } from './useRowWindow';

export interface IListHandle {
  /** Scroll to a row; `near`: no further than it takes to see it, `upper`: so that what follows is seen too. */
  show(index: number, where?: 'near' | 'upper' | 'top' | 'middle'): void;
  focus(): void;
  /** The rows on screen: first and last. */
  range(): readonly [number, number];
}

export interface ILogListProps {
  source: LogSource;
  bands: readonly IBand[];
  follow: boolean;
  onPause(): void;
  onResume(): void;
  /** The rows on screen have changed. */
  onRange(first: number, last: number): void;
  /** The record that a paused list begins with, if it is held; 0: the list begins at its end. */
  top: number;
  selected: number | null;
  unfolded: ReadonlySet<number>;
  names: INames;
  actions: IRowActions;
  /** Under the last row. */
  foot: React.ReactNode;
  trans: TranslationBundle;
}

/** Of a list that grows at its beginning: large enough to count down from. */
const MIDDLE = 1_000_000;
/** So often a scroll is tried until its row is on screen. */
const TRIES = 8;

export const LogList = React.forwardRef<IListHandle, ILogListProps>(
  function LogList(props, ref): JSX.Element {
    const { source, follow, onRange, trans } = props;
    const { finder } = source;
    const list = React.useRef<VirtuosoHandle>(null);
    const [scroller, setScroller] = React.useState<HTMLElement | null>(null);
    const range = React.useRef<readonly [number, number]>([0, 0]);
    const [initial] = React.useState(() =>
      follow ? null : source.heldNear(props.top)
    );

    const { count } = source;
    const rows = useRowWindow(count, initial ?? count - 1);
    const { jump, slide } = rows;
    // The number that the list has for its first row: rows before it come and go without moving those on screen.
    const zero = finder.active ? MIDDLE - finder.shifted : rows.slid;
    const grown = useReader(scroller, { ...props, rows });

    const begin = React.useRef(rows.first);
    begin.current = rows.first;
    const onScreen = React.useCallback(
      () => (scroller === null ? null : rowsOnScreen(scroller, begin.current)),
      [scroller]
    );

    // Which rows are on screen, at most so often.
    const report = React.useRef<() => void>(() => {});
    report.current = () => {
      const seen = onScreen();
      if (seen !== null) {
        range.current = seen;
        onRange(...seen);
        slide((seen[0] + seen[1]) >> 1);
      }
    };
    const reporting = React.useRef(0);
    const soon = React.useCallback(() => {
      if (reporting.current === 0) {
        reporting.current = window.setTimeout(() => {
          reporting.current = 0;
          report.current();
        }, 80);
      }
    }, []);
    React.useEffect(() => () => window.clearTimeout(reporting.current), []);
    React.useEffect(soon);

    // A reader of the screen is told which row is active only while that row is drawn.
    const { selected } = props;
    const drawn = React.useRef<readonly [number, number]>([0, -1]);
    const [isActiveDrawn, setActiveDrawn] = React.useState(false);
    const lookForActive = () => {
      const index = selected === null ? null : source.indexOf(selected);
      const [low, high] = drawn.current;
      setActiveDrawn(index !== null && index >= low && index <= high);
    };
    React.useEffect(lookForActive);

    const wasFollowing = React.useRef(follow);
    React.useLayoutEffect(() => {
      if (follow && !rows.reachesEnd) {
        (wasFollowing.current ? slide : jump)(count - 1);
      }
      wasFollowing.current = follow;
    }, [follow, rows.reachesEnd, count, slide, jump]);
    React.useLayoutEffect(() => {
      if (follow) {
        list.current?.scrollToIndex({ index: 'LAST', align: 'end' });
      }
    }, [follow, rows.first]);

    // A list that has just come does not scroll yet, and rows on the way may turn out higher than thought.
    const goal = React.useRef<IGoal | null>(null);
    const latest = React.useRef<() => void>(() => {});
    const approach = React.useCallback(() => {
      const aim = goal.current;
      if (aim === null) {
        return;
      }
      if (jump(aim.index)) {
        return; // as soon as the window is there
      }
      const { align, offset } = aim;
      const index = aim.index - begin.current;
      list.current?.scrollToIndex({ index, align, offset });
      soon();
      window.setTimeout(() => {
        const [low, high] = onScreen() ?? [0, -1];
        if (goal.current === aim) {
          goal.current = null;
          if (--aim.tries > 0 && (aim.index < low || aim.index > high)) {
            goal.current = aim;
            latest.current();
          }
        }
      }, 50);
    }, [onScreen, jump, soon]);
    latest.current = approach;
    React.useLayoutEffect(() => latest.current(), [rows.first]);

    const show = React.useCallback<IListHandle['show']>(
      (index, where = 'near') => {
        const [low, high] = onScreen() ?? [0, -1];
        if (where === 'near' && index > low && index < high) {
          return;
        }
        const isNext =
          where === 'near' && index >= low - 2 && index <= high + 2;
        const quarter = Math.round((scroller?.clientHeight ?? 0) / 4);
        goal.current = {
          index,
          align:
            where === 'upper' || where === 'top' || (isNext && index <= low)
              ? 'start'
              : isNext
                ? 'end'
                : 'center',
          offset: where === 'upper' ? -quarter : 0,
          tries: isNext ? 1 : TRIES
        };
        approach();
      },
      [scroller, onScreen, approach]
    );
    React.useImperativeHandle(
      ref,
      () => ({
        show,
        focus: () => scroller?.focus({ preventScroll: true }),
        range: () => range.current
      }),
      [scroller, show]
    );

    const row = (shown: number) => (
      <ListItem {...props} index={rows.first + shown - zero} />
    );
    return (
      <div
        className="jp-alphamed-Logs-scroll"
        role="log"
        aria-live="off"
        aria-label={trans.__('Logs')}
        data-part={rows.isPart || undefined}
      >
        <Virtuoso
          ref={list}
          className="jp-alphamed-Logs-list jp-alphamed-list"
          role="treegrid"
          aria-label={trans.__('Logs')}
          aria-activedescendant={
            selected !== null && isActiveDrawn ? rowId(selected) : undefined
          }
          tabIndex={0}
          scrollerRef={element =>
            setScroller(element instanceof HTMLElement ? element : null)
          }
          totalCount={rows.count}
          firstItemIndex={zero}
          defaultItemHeight={ROW}
          increaseViewportBy={80}
          initialTopMostItemIndex={
            // The list goes there some frames later: to what is the last row then.
            initial === null
              ? { index: 'LAST', align: 'end' }
              : initial - rows.first
          }
          rangeChanged={({ startIndex, endIndex }) => {
            const from = rows.first + startIndex - zero;
            const to = rows.first + endIndex - zero;
            drawn.current = [from, to];
            lookForActive();
            source.want(from, to + 1);
            soon();
          }}
          totalListHeightChanged={grown}
          itemContent={row}
          components={FOOT}
          context={props.foot}
        />
        {rows.isPart && (
          <ListBar
            scroller={scroller}
            rows={rows}
            total={count}
            show={index => show(index, 'top')}
            onPause={props.onPause}
            onResume={props.onResume}
          />
        )}
      </div>
    );
  }
);

interface IGoal {
  index: number;
  align: 'start' | 'center' | 'end';
  offset: number;
  tries: number;
}

const FOOT = {
  Footer: ({ context }: { context?: React.ReactNode }) => <>{context}</>
};

/** The first and the last of them, in a list whose first row is `begin`. */
function rowsOnScreen(
  scroller: HTMLElement,
  begin: number
): readonly [number, number] | null {
  const { top, bottom } = scroller.getBoundingClientRect();
  let low = Infinity;
  let high = -Infinity;
  for (const element of scroller.querySelectorAll<HTMLElement>(
    '[data-index]'
  )) {
    const box = element.getBoundingClientRect();
    if (box.bottom > top + 1 && box.top < bottom - 1) {
      const index = begin + Number(element.dataset['index']);
      low = Math.min(low, index);
      high = Math.max(high, index);
    }
  }
  return high < low ? null : [low, high];
}
