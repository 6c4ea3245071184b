/** The ways of messages from lifeline to lifeline. Pure. */

import type { IArrival, Standing } from './arrivals';
import type { IColumns } from './columns';

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
