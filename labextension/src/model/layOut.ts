/**
 * Places everything of the sequence diagram, from top to bottom. Pure.
 *
 * There are two scales. By events, each message is a row, and time in which nothing was sent is folded into a row that says
 * how long it was. By time, a second has the same height everywhere.
 */

import { endOf } from './arrivals';
import { Curve } from './curve';
import type { DiagramRow, IDiagram } from './diagram';
import type { IPresenceRow, IRoundRow, IWaitRow } from './diagramRows';
import type { Item } from './messageItems';

/** Heights in px at zoom 1. */
const HEIGHTS = {
  round: 22,
  message: 25,
  stream: 44,
  idle: 40,
  pause: 30,
  presence: 20,
  tail: 56
};

/** A gap from this many seconds on is a row with its length; a shorter one is a little room for bars. */
const IDLE = 0.95;
const PAUSE = 0.2;
const TOP = 4;

export interface IScale {
  by: 'events' | 'time';
  /** By events: a factor of the rows' heights. By time: px a second. */
  zoom: number;
}

export interface IDiagramParts {
  items: readonly Item[];
  rounds: readonly IRoundRow[];
  presences: readonly IPresenceRow[];
  waits: readonly IWaitRow[];
  asOf: number | null;
  /** When the run began. */
  begin: number;
  /** When it ended, or now. */
  end: number;
  live: boolean;
}

/** Place everything. */
export function layOut(parts: IDiagramParts, scale: IScale): IDiagram {
  return scale.by === 'events'
    ? byEvents(parts, scale.zoom)
    : byTime(parts, scale.zoom);
}

/** Messages, rounds and losses in one order. */
function* inOrder(
  parts: IDiagramParts
): Generator<Item | IRoundRow | IPresenceRow> {
  const { items, rounds, presences } = parts;
  let round = 0;
  let presence = 0;
  for (const item of items) {
    for (
      let next = rounds[round];
      next !== undefined && next.seq <= item.seq;
      next = rounds[++round]
    ) {
      for (
        let lost = presences[presence];
        lost !== undefined && lost.at < next.at;
        lost = presences[++presence]
      ) {
        yield lost;
      }
      yield next;
    }
    for (
      let lost = presences[presence];
      lost !== undefined && lost.at <= item.at;
      lost = presences[++presence]
    ) {
      yield lost;
    }
    yield item;
  }
  const rest = [...rounds.slice(round), ...presences.slice(presence)];
  yield* rest.sort((a, b) => a.at - b.at);
}

function byEvents(parts: IDiagramParts, zoom: number): IDiagram {
  const rows: DiagramRow[] = [];
  const tops: number[] = [];
  const lines: number[] = [];
  const curve = new Curve();
  let y = TOP;
  /** The time up to which everything is drawn. */
  let done = parts.begin;
  let streamEnd = 0;

  const place = (row: DiagramRow, height: number, line: number): void => {
    rows.push(row);
    tops.push(y);
    lines.push(y + line);
    y += height;
  };
  /** A row for the time from what is drawn to `at`, if that is long enough. */
  const pass = (at: number, to: number): void => {
    const gap = done === 0 ? 0 : at - done;
    if (streamEnd > 0 && streamEnd <= at) {
      curve.add(streamEnd, y);
    }
    streamEnd = 0;
    if (gap < PAUSE) {
      return;
    }
    const short = gap < IDLE;
    const height =
      to === 0 || at === parts.end
        ? HEIGHTS.tail
        : short
          ? HEIGHTS.pause
          : HEIGHTS.idle;
    curve.add(done, y);
    place({ kind: 'idle', from: done, to, short }, height, height / 2);
    curve.add(at, y);
  };

  for (const next of inOrder(parts)) {
    pass(next.at, next.at);
    switch (next.kind) {
      case 'round':
        curve.add(next.at, y + HEIGHTS.round / 2);
        place(next, HEIGHTS.round, HEIGHTS.round / 2);
        break;
      case 'presence':
        curve.add(next.at, y + HEIGHTS.presence / 2);
        place(next, HEIGHTS.presence, HEIGHTS.presence / 2);
        break;
      default: {
        const height = Math.round(
          (next.kind === 'stream' ? HEIGHTS.stream : HEIGHTS.message) * zoom
        );
        const line =
          next.kind === 'stream'
            ? Math.round(height * 0.55)
            : Math.round(height * 0.64);
        curve.add(next.at, y + line);
        place(next, height, line);
        const end = endOf(next, parts.asOf);
        if (next.kind === 'stream' && end > next.at) {
          streamEnd = end;
        }
        done = Math.max(done, end);
      }
    }
    done = Math.max(done, next.at);
  }
  // Short of a second nothing is said, so that a busy run does not flicker.
  if (rows.length > 0 && parts.end - done >= IDLE) {
    pass(parts.end, parts.live ? 0 : parts.end);
  }
  for (const wait of parts.waits) {
    place(wait, HEIGHTS.message, 16);
  }
  tops.push(y);
  return finish(
    rows,
    Float64Array.from(tops),
    Float64Array.from(lines),
    y + 12,
    curve
  );
}

function byTime(parts: IDiagramParts, zoom: number): IDiagram {
  const rows: (Item | IRoundRow | IPresenceRow | IWaitRow)[] = [
    ...inOrder(parts)
  ];
  const timed = rows.length;
  rows.push(...parts.waits);
  const count = rows.length;
  const tops = new Float64Array(count + 1);
  const lines = new Float64Array(count);
  const begin =
    timed > 0 ? Math.min(parts.begin, rows[0]?.at ?? Infinity) : parts.begin;
  const curve = new Curve();
  let last = begin;
  rows.slice(0, timed).forEach((row, place) => {
    // The order is the journal's; a clock that was set back must not turn it round.
    last = Math.max(last, row.at);
    const y = TOP + HEIGHTS.round + (last - begin) * zoom;
    lines[place] = y;
    tops[place] = y - 8;
  });
  const end = Math.max(parts.end, last);
  let bottom = TOP + HEIGHTS.round + (end - begin) * zoom;
  curve.add(begin, TOP + HEIGHTS.round);
  curve.add(end, bottom);
  for (let place = timed; place < count; place++) {
    tops[place] = bottom;
    lines[place] = bottom + 16;
    bottom += HEIGHTS.message;
  }
  tops[count] = bottom;
  return finish(rows, tops, lines, bottom + 24, curve);
}

function finish(
  rows: DiagramRow[],
  tops: Float64Array,
  lines: Float64Array,
  height: number,
  curve: Curve
): IDiagram {
  const rowOfItem: number[] = [];
  rows.forEach(({ kind }, place) => {
    if (kind === 'message' || kind === 'stream' || kind === 'step') {
      rowOfItem.push(place);
    }
  });
  return {
    rows,
    tops,
    lines,
    rowOfItem: Int32Array.from(rowOfItem),
    height: rows.length === 0 ? 0 : height,
    ...curve.functions()
  };
}
