/** The list itself: only the rows on screen exist. It says what it shows, and when the reader leaves or reaches the end. */

import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import { Virtuoso, type VirtuosoHandle } from 'react-virtuoso';

import { isDropped, type ILogRecord } from '../../model/records';
import type { INames } from '../common/hooks';
import { bandsBefore, type IBand } from './bands';
import {
  DroppedRow,
  GreyRow,
  RecordRow,
  RoundBand,
  rowId,
  type IRowActions
} from './LogRow';
import type { LogSource } from './source';
import { useReader } from './useReader';

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
const ROW = 20;
/** So often a scroll is tried until its row is on screen. */
const TRIES = 8;
/** So far back the record before a dropped one is looked for. */
const BACK = 2000;

export const LogList = React.forwardRef<IListHandle, ILogListProps>(
  function LogList(props, ref): JSX.Element {
    const { source, follow, onRange, trans } = props;
    const { finder } = source;
    const list = React.useRef<VirtuosoHandle>(null);
    const [scroller, setScroller] = React.useState<HTMLElement | null>(null);
    const first = finder.active ? MIDDLE - finder.shifted : 0;
    const range = React.useRef<readonly [number, number]>([0, 0]);
    const [initial] = React.useState(() =>
      follow ? null : source.heldNear(props.top)
    );

    const grown = useReader(scroller, props);

    // Which rows are on screen, at most so often.
    const report = React.useRef<() => void>(() => {});
    report.current = () => {
      const seen = scroller === null ? null : rowsOnScreen(scroller);
      if (seen !== null) {
        range.current = seen;
        onRange(...seen);
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

    React.useLayoutEffect(() => {
      if (follow) {
        list.current?.scrollToIndex({ index: 'LAST', align: 'end' });
      }
    }, [follow]);

    // A list that has just come does not scroll yet, and rows on the way may turn out higher than thought.
    const goal = React.useRef<IGoal | null>(null);
    const latest = React.useRef<() => void>(() => {});
    const approach = React.useCallback(() => {
      const aim = goal.current;
      if (aim === null) {
        return;
      }
      const { index, align, offset } = aim;
      list.current?.scrollToIndex({ index, align, offset });
      soon();
      window.setTimeout(() => {
        const seen = scroller === null ? null : rowsOnScreen(scroller);
        const [low, high] = seen ?? [0, -1];
        if (goal.current === aim) {
          goal.current = null;
          if (--aim.tries > 0 && (aim.index < low || aim.index > high)) {
            goal.current = aim;
            latest.current();
          }
        }
      }, 50);
    }, [scroller, soon]);
    latest.current = approach;

    React.useImperativeHandle(
      ref,
      () => ({
        show: (index, where = 'near') => {
          const seen = scroller === null ? null : rowsOnScreen(scroller);
          const [low, high] = seen ?? [0, -1];
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
        focus: () => scroller?.focus({ preventScroll: true }),
        range: () => range.current
      }),
      [scroller, approach]
    );

    const row = (shownIndex: number) => (
      <Item {...props} index={shownIndex - first} />
    );
    return (
      <Virtuoso
        ref={list}
        className="jp-alphamed-Logs-list jp-alphamed-list"
        role="log"
        aria-live="off"
        aria-label={trans.__('Logs')}
        aria-activedescendant={
          props.selected === null ? undefined : rowId(props.selected)
        }
        tabIndex={0}
        scrollerRef={element =>
          setScroller(element instanceof HTMLElement ? element : null)
        }
        totalCount={source.count}
        firstItemIndex={first}
        defaultItemHeight={ROW}
        increaseViewportBy={80}
        initialTopMostItemIndex={
          initial ?? { index: Math.max(0, source.count - 1), align: 'end' }
        }
        rangeChanged={({ startIndex, endIndex }) => {
          source.want(startIndex - first, endIndex - first + 1);
          soon();
        }}
        totalListHeightChanged={grown}
        itemContent={row}
        components={FOOT}
        context={props.foot}
      />
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

function rowsOnScreen(scroller: HTMLElement): readonly [number, number] | null {
  const { top, bottom } = scroller.getBoundingClientRect();
  let low = Infinity;
  let high = -Infinity;
  for (const element of scroller.querySelectorAll<HTMLElement>(
    '[data-index]'
  )) {
    const box = element.getBoundingClientRect();
    if (box.bottom > top + 1 && box.top < bottom - 1) {
      const index = Number(element.dataset['index']);
      low = Math.min(low, index);
      high = Math.max(high, index);
    }
  }
  return high < low ? null : [low, high];
}

function Item(props: ILogListProps & { index: number }): JSX.Element {
  const { source, index, bands, names, actions, trans } = props;
  const record = source.at(index);
  const place = index + 1;
  if (record === undefined) {
    return <GreyRow place={place} total={source.count} />;
  }
  const previous = index === 0 ? null : source.at(index - 1)?.seq;
  const common = {
    record,
    place,
    total: source.count,
    selected: record.seq === props.selected,
    names,
    actions,
    trans
  };
  return (
    <>
      {bandsBefore(bands, previous, record.seq).map(band => (
        <RoundBand
          key={band.seq}
          round={band.round}
          begin={band.begin}
          trans={trans}
        />
      ))}
      {isDropped(record) ? (
        <DroppedRow {...common} since={timeBefore(source, index, record)} />
      ) : (
        <RecordRow
          {...common}
          unfolded={props.unfolded.has(record.seq)}
          filter={source.finder.filter}
          match={source.finder.placeOf(record.seq)}
        />
      )}
    </>
  );
}

/** When the node's record before this one was written, as far as it is here. */
function timeBefore(
  source: LogSource,
  index: number,
  record: ILogRecord
): number | null {
  for (let at = index - 1; at >= 0 && at > index - BACK; at--) {
    const other = source.at(at);
    if (other === undefined) {
      return null;
    }
    if (other.node === record.node) {
      return other.body.time;
    }
  }
  return null;
}
