/** Where the lifelines of the sequence diagram stand, from left to right. Pure. */

import type { NodeView } from '../hub/protocol';

/** Room before the first lifeline, behind the last one, and the least between two, px. */
interface ISides {
  left: number;
  right: number;
  step: number;
}

const WIDE: ISides = { left: 204, right: 156, step: 166 };
const TIGHT: ISides = { left: 150, right: 106, step: 110 };
/** px; a view less wide than this is tight in any case. */
const NARROW = 600;

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
  const count = groups.length;
  const { left, right, step: least } = sidesFor(count, width);
  const room = width - left - right;
  const step = count > 1 ? Math.max(room / (count - 1), least) : room;
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

/** Tight where that spares scrolling sideways. */
function sidesFor(count: number, width: number): ISides {
  const fits = ({ left, right, step }: ISides): boolean =>
    left + (count - 1) * step + right <= width;
  return width < NARROW || (!fits(WIDE) && fits(TIGHT)) ? TIGHT : WIDE;
}

/** The one that leads, nodes in trouble and nodes picked alone; the rest together, at the end. */
function gathered(
  members: readonly NodeView[],
  picked: ReadonlySet<string>
): NodeView[][] {
  let troubled = 0;
  const rest: NodeView[] = [];
  const alone: NodeView[][] = [];
  for (const member of members) {
    const { node, leads, state } = member;
    const trouble =
      state === 'gone' || state === 'failed' || state === 'absent';
    if (leads || picked.has(node) || (trouble && troubled++ < MOST_TROUBLED)) {
      alone.push([member]);
    } else {
      rest.push(member);
    }
  }
  return rest.length > 0 ? [...alone, rest] : alone;
}
