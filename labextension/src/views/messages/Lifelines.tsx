import * as React from 'react';
import type { NodeView } from '../../hub/protocol';
import type { IColumn } from '../../model/columns';
import { rowsBetween, type IDiagram } from '../../model/diagram';
import { lostAt } from '../../model/diagramRows';
import { barsOf, type IBar } from '../../model/lifelines';
import { markOf } from '../../model/marks';
import type { MessageBook } from '../../model/messages';
import { longestWait, type IWaitNote } from '../../model/waitNotes';
import { fitKeepingEnd } from './Arrows';
import type { IDrawing } from './Row';
import { barText } from './words';

export interface ILifelinesProps {
  diagram: IDiagram;
  book: MessageBook;
  /** What is drawn, from top to bottom. */
  window: readonly [number, number];
  /** Heights count from here. */
  base: number;
  drawing: IDrawing;
  /** Of the pattern for waits. */
  hatch: string;
  /** Nodes that are filtered out and keep their line. */
  dim: ReadonlySet<string>;
}

/** The lines of the nodes, and the bars of what they did. */
export function Lifelines(props: ILifelinesProps): JSX.Element {
  const { columns } = props.drawing.columns;
  return (
    <>
      {columns.map((column, place) => (
        <Line
          key={column.members[0]?.node ?? place}
          column={column}
          {...props}
        />
      ))}
      {columns.map((column, place) =>
        column.group ? null : (
          <Bars
            key={column.members[0]?.node ?? place}
            column={column}
            last={place === columns.length - 1}
            {...props}
          />
        )
      )}
    </>
  );
}

function Line(
  props: ILifelinesProps & { column: IColumn }
): JSX.Element | null {
  const { column, diagram, window, base, drawing, dim } = props;
  const [member] = column.members;
  if (member === undefined) {
    return null;
  }
  const start = window[0] - base;
  const height = Math.min(window[1], diagram.height) - base;
  const { x } = column;
  if (column.group) {
    return (
      <path
        className="jp-alphamed-Messages-lifeline"
        d={`M${x - 2} ${start}V${height}M${x + 2} ${start}V${height}`}
      />
    );
  }
  const { colour, frame } = markOf(drawing.names.number(member.node));
  const lost = member.state === 'absent' ? 0 : lostAt(member);
  const lostHeight = lost > 0 ? diagram.heightAt(lost) - base : start;
  const end = Number.isFinite(lost)
    ? Math.min(Math.max(lostHeight, start), height)
    : height;
  const dimmed = dim.has(member.node) ? ' jp-mod-dim' : '';
  return (
    <g
      className={`jp-alphamed-Messages-lifeline${dimmed}`}
      data-frame={frame}
      data-node-colour={colour}
    >
      {end > start ? <line x1={x} x2={x} y1={start} y2={end} /> : null}
      {end < height ? (
        <line className="jp-mod-lost" x1={x} x2={x} y1={end} y2={height} />
      ) : null}
    </g>
  );
}

interface IBarsProps extends ILifelinesProps {
  column: IColumn;
  last: boolean;
}

function Bars(props: IBarsProps): JSX.Element | null {
  const { column, diagram, window, base, drawing, hatch, last } = props;
  const [member] = column.members;
  if (member === undefined) {
    return null;
  }
  const [top, bottom] = window;
  const { now, by } = drawing;
  const bars = barsOf(member, diagram, window, by, now);
  let lastLabel = -Infinity;
  return (
    <>
      {bars.map(bar => {
        const from = Math.max(bar.top, top - 4) - base;
        const to = Math.min(bar.bottom, bottom + 4) - base;
        const y =
          labelHeight(bar, diagram, window, last && by === 'events') - base;
        const labelled = Number.isFinite(y) && y - lastLabel >= 14;
        if (labelled) {
          lastLabel = y;
        }
        return (
          <g
            key={bar.begin}
            className="jp-alphamed-Messages-bar"
            data-activity={bar.activity}
          >
            <rect
              x={column.x - 5}
              width="10"
              y={from}
              height={Math.max(to - from, 1)}
              rx="1"
            />
            {bar.activity === 'waiting' ? (
              <rect
                className="jp-mod-hatch"
                style={{ fill: `url(#${hatch})` }}
                x={column.x - 5}
                width="10"
                y={from}
                height={Math.max(to - from, 1)}
                rx="1"
              />
            ) : null}
            {labelled ? (
              <text x={column.x + 12} y={y + 4}>
                {fitKeepingEnd(wordsOf(bar, member, props), roomOf(props), 6.2)}
              </text>
            ) : null}
          </g>
        );
      })}
    </>
  );
}

function wordsOf(
  bar: IBar,
  member: NodeView,
  { book, drawing }: IBarsProps
): string {
  const { trans, names, now } = drawing;
  const note =
    bar.activity === 'waiting' ? noteOf(bar, member, book, now) : null;
  return barText(trans, bar, note, names, now);
}

/** What a wait is for: of one that goes on, what the node says now. */
function noteOf(
  bar: IBar,
  { node, wait }: NodeView,
  book: MessageBook,
  now: number
): IWaitNote | null {
  if (Number.isFinite(bar.end) || wait === null) {
    return longestWait(book.waits(node), bar.begin, Math.min(bar.end, now));
  }
  const arrived = new Set(wait.arrived);
  const { since, expected } = wait;
  const whom = wait.whom.filter(other => !arrived.has(other));
  return { at: since, seq: 0, whom, awaited: wait, since, expected };
}

function roomOf({ column, last, drawing }: IBarsProps): number {
  const { width, step } = drawing.columns;
  return last ? width - column.x - 20 : step - 24;
}

/** Beside idle time, where no arrow is; -Infinity: there is no room. */
function labelHeight(
  bar: IBar,
  diagram: IDiagram,
  window: readonly [number, number],
  last: boolean
): number {
  const top = Math.max(bar.top, window[0]);
  const bottom = Math.min(bar.bottom, window[1]);
  const [first, end] = rowsBetween(diagram, top, bottom);
  let best = -Infinity;
  let most = 0;
  for (let place = first; place < end; place++) {
    const row = diagram.rows[place];
    if (row?.kind !== 'idle') {
      continue;
    }
    const from = Math.max(diagram.tops[place] ?? 0, top);
    const to = Math.min(diagram.tops[place + 1] ?? 0, bottom);
    if (to - from > most) {
      most = to - from;
      // The middle of an idle row is a dotted line with its length.
      const off = row.short ? 0 : bar.activity === 'waiting' ? -10 : 8;
      best = Math.min(Math.max((from + to) / 2 + off, from + 7), to - 6);
    }
  }
  if (most >= 12) {
    return best;
  }
  // Behind the last line stands until when messages were read.
  return bottom - top >= 40 && !last ? top + 12 : -Infinity;
}
