/** Where the lifelines of the sequence diagram stand, from left to right. Pure. */

import type { NodeView } from '../hub/protocol';

/** Room before the first lifeline, behind the last one, and the least between two; less where the view is narrow. */
const SIDES = {
  left: 204,
  right: 156,
  step: 166,
  narrow: 600,
  narrowLeft: 150,
  narrowRight: 106,
  narrowStep: 110
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
    count > 1
      ? Math.max(room / (count - 1), narrow ? SIDES.narrowStep : SIDES.step)
      : room;
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
