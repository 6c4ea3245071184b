/** Where everything of the sequence diagram stands from left to right, and the bars on its lifelines. Pure. */

import type { Activity, NodeView } from '../hub/protocol';
import type { IArrival, Standing } from './arrivals';
import type { IDiagram } from './diagram';
import { lostAt } from './diagramRows';
import type { IWaitNote } from './messages';

/** Room for the clock at the left, from there to the first lifeline, behind the last one, and the least between two. */
export const SIDES = {
  time: 104,
  left: 204,
  right: 156,
  step: 166,
  narrow: 600,
  narrowLeft: 150,
  narrowRight: 106
};

/** From this many nodes on, those that are well share one line. */
const MOST_LINES = 50;
const MOST_TROUBLED = 8;

/** A lifeline: of one node, or of all those that have none of their own. */
export interface IColumn {
  members: readonly NodeView[];
  /** Of several nodes. */
  group: boolean;
  x: number;
}

export interface IColumns {
  columns: readonly IColumn[];
  /** The place of a node's lifeline; none: it has none. */
  placeOf: ReadonlyMap<string, number>;
  step: number;
  width: number;
}

export interface IColumnChoice {
  hidden: ReadonlySet<string>;
  /** Hidden ones keep their line, since this node speaks to them. */
  keepHidden: boolean;
  /** Nodes that want a line of their own in any case. */
  picked: ReadonlySet<string>;
}

/** The lifelines, in the order of the nodes. */
export function columnsOf(
  members: readonly NodeView[],
  choice: IColumnChoice,
  width: number
): IColumns {
  const seen = choice.keepHidden
    ? members
    : members.filter(({ node }) => !choice.hidden.has(node));
  const groups =
    seen.length > MOST_LINES
      ? gathered(seen, choice.picked)
      : seen.map(member => [member]);
  const narrow = width < SIDES.narrow;
  const left = narrow ? SIDES.narrowLeft : SIDES.left;
  const right = narrow ? SIDES.narrowRight : SIDES.right;
  const count = groups.length;
  const room = width - left - right;
  const step =
    count > 1 ? Math.max(room / (count - 1), narrow ? 110 : SIDES.step) : room;
  const placeOf = new Map<string, number>();
  const columns = groups.map((group, place): IColumn => {
    group.forEach(({ node }) => placeOf.set(node, place));
    return {
      members: group,
      group: group.length > 1,
      x: Math.round(left + place * step)
    };
  });
  return {
    columns,
    placeOf,
    step,
    width: Math.max(
      width,
      count > 1 ? Math.round(left + (count - 1) * step + right) : 0
    )
  };
}

/** The aggregator, nodes in trouble and nodes picked alone; the rest together, at the end. */
function gathered(
  members: readonly NodeView[],
  picked: ReadonlySet<string>
): NodeView[][] {
  let troubled = 0;
  const rest: NodeView[] = [];
  const alone: NodeView[][] = [];
  for (const member of members) {
    const { node, role, state } = member;
    const trouble =
      state === 'gone' || state === 'failed' || state === 'absent';
    if (
      role === 'aggregator' ||
      picked.has(node) ||
      (trouble && troubled++ < MOST_TROUBLED)
    ) {
      alone.push([member]);
    } else {
      rest.push(member);
    }
  }
  return rest.length > 0 ? [...alone, rest] : alone;
}

/** A lifeline at which an arrow arrives, or should. */
export interface IStop {
  place: number;
  x: number;
  /** The receivers there: of a line of several nodes more than one. */
  arrivals: IArrival[];
  /** What the stretch up to here looks like: the worst of its receivers. */
  standing: Standing;
}

/** The way of one message: one line to each side, with a stop at each receiver; and back to the sender itself. */
export interface IPaths {
  place: number;
  x: number;
  left: IStop[];
  right: IStop[];
  self: IStop | null;
  /** The line beside that of the sender at each side: words about the message stand before it. */
  nextLeft: number;
  nextRight: number;
}

const WORST: readonly Standing[] = [
  'stuck',
  'denied',
  'never',
  'pending',
  'withdrawn',
  'reading',
  'read'
];

/** Null: the sender has no line. */
export function pathsOf(
  from: string,
  arrivals: readonly IArrival[],
  columns: IColumns
): IPaths | null {
  const place = columns.placeOf.get(from);
  const column = place === undefined ? undefined : columns.columns[place];
  if (place === undefined || column === undefined) {
    return null;
  }
  const stops = new Map<number, IStop>();
  for (const arrival of arrivals) {
    const at = columns.placeOf.get(arrival.target);
    const target = at === undefined ? undefined : columns.columns[at];
    if (at === undefined || target === undefined) {
      continue;
    }
    const stop = stops.get(at);
    if (stop === undefined) {
      stops.set(at, {
        place: at,
        x: target.x,
        arrivals: [arrival],
        standing: arrival.standing
      });
    } else {
      stop.arrivals.push(arrival);
      stop.standing = worse(stop.standing, arrival.standing);
    }
  }
  const all = [...stops.values()].sort(
    (a, b) => Math.abs(a.place - place) - Math.abs(b.place - place)
  );
  return {
    place,
    x: column.x,
    left: all.filter(stop => stop.place < place),
    right: all.filter(stop => stop.place > place),
    self: stops.get(place) ?? null,
    nextLeft: columns.columns[place - 1]?.x ?? column.x,
    nextRight: columns.columns[place + 1]?.x ?? column.x
  };
}

function worse(one: Standing, other: Standing): Standing {
  return WORST.indexOf(one) <= WORST.indexOf(other) ? one : other;
}

/** A bar on a lifeline: what its node did for a while. */
export interface IBar {
  activity: Activity;
  detail: string;
  round: number;
  begin: number;
  /** Infinity: it goes on. */
  end: number;
  top: number;
  bottom: number;
}

/** What is over before one can see it is not drawn. */
const LEAST_SECONDS = 0.2;
/** Nodes wait all the time; only a wait that one can feel is a bar. */
const LEAST_WAIT = 0.95;
const LEAST_HEIGHT = { events: 12, time: 3 };
const NO_BARS: ReadonlySet<Activity> = new Set<Activity>([
  'finished',
  'failed',
  'stopped'
]);

/** The bars of a node between two heights. */
export function barsOf(
  member: NodeView,
  diagram: IDiagram,
  [from, to]: readonly [number, number],
  by: 'events' | 'time',
  now: number
): IBar[] {
  const { intervals } = member;
  const first = diagram.timeAt(from);
  const last = diagram.timeAt(to);
  const bars: IBar[] = [];
  const gone = lostAt(member);
  for (
    let place = firstEndingAfter(intervals, first);
    place < intervals.length;
    place++
  ) {
    const interval = intervals[place];
    if (interval === undefined || interval[3] > last) {
      break;
    }
    const [activity, detail, round, begin, end] = interval;
    const until = end > 0 ? end : Math.min(now, gone);
    const seconds = until - begin;
    const quick =
      by === 'events' &&
      (seconds < LEAST_SECONDS || isBrief(activity, seconds));
    if (quick || NO_BARS.has(activity)) {
      continue;
    }
    const top = diagram.heightAt(begin);
    const bottom = diagram.heightAt(until);
    if (bottom - top >= LEAST_HEIGHT[by]) {
      bars.push({
        activity,
        detail,
        round,
        begin,
        end: end > 0 || gone < now ? until : Infinity,
        top,
        bottom
      });
    }
  }
  return bars;
}

/** By events the stream itself is drawn, so that its bar says something only when it takes long. */
function isBrief(activity: Activity, seconds: number): boolean {
  switch (activity) {
    case 'receiving':
    case 'sending':
    case 'starting':
    case 'waiting':
      return seconds < LEAST_WAIT;
    default:
      return false;
  }
}

function firstEndingAfter(
  intervals: NodeView['intervals'],
  time: number
): number {
  let low = 0;
  let high = intervals.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const end = intervals[middle]?.[4] ?? 0;
    if (end > 0 && end < time) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

/** What a node waited for longest in a time; null: it did not say. */
export function longestWait(
  notes: readonly IWaitNote[],
  begin: number,
  end: number
): IWaitNote | null {
  let low = 0;
  let high = notes.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((notes[middle]?.at ?? Infinity) <= begin) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  let longest: IWaitNote | null = null;
  let most = 0;
  for (let place = Math.max(0, low - 1); place < notes.length; place++) {
    const note = notes[place];
    if (note === undefined || note.at > end) {
      break;
    }
    const until = Math.min(notes[place + 1]?.at ?? Infinity, end);
    const took = until - Math.max(note.at, begin);
    if (note.what !== '' && took > most) {
      longest = note;
      most = took;
    }
  }
  return longest;
}
