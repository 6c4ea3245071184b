/** Which messages and streams a view shows, and how many there are of each sort. Pure. */

import { arrivalsOf, isUnread, receiversOf, type ISituation } from './arrivals';
import { firstAfter } from './bisect';
import type { Item } from './messageItems';

export interface IChoice {
  control: boolean;
  streams: boolean;
  handshake: boolean;
  /** Only what is not read. */
  unread: boolean;
  /** Event types that are filtered out. */
  hiddenTypes: ReadonlySet<string>;
  /** Nodes that are filtered out. */
  hiddenNodes: ReadonlySet<string>;
  /** If this node alone is wanted: whatever touches it. */
  only: string | null;
}

export interface ISelection {
  items: Item[];
  /** Of all items, whatever the choice. */
  counts: {
    control: number;
    streams: number;
    handshake: number;
    unread: number;
    /** Not read, and somebody should know. */
    stuck: number;
    total: number;
  };
  /** Not read, among those chosen. */
  unread: number;
  /** How many messages of each event type there are. */
  types: Map<string, number>;
}

/** The items that a view shows, and how many there are of each sort. */
export function chooseItems(
  items: readonly Item[],
  choice: IChoice,
  { asOf, ended, stuck }: ISituation
): ISelection {
  const chosen: Item[] = [];
  const counts = {
    control: 0,
    streams: 0,
    handshake: 0,
    unread: 0,
    stuck: 0,
    total: 0
  };
  const types = new Map<string, number>();
  let unreadChosen = 0;
  const end = asOf === null ? items.length : firstAfter(items, asOf);
  for (let place = 0; place < end; place++) {
    const item = items[place];
    if (item === undefined) {
      break;
    }
    const sort = sortOf(item);
    counts[sort] += 1;
    const unread = isUnread(item, asOf);
    if (unread) {
      counts.unread += 1;
      if (!ended && awaits(item, stuck, asOf)) {
        counts.stuck += 1;
      }
    }
    if (item.kind === 'message') {
      types.set(item.type, (types.get(item.type) ?? 0) + 1);
    }
    if (
      choice[sort] &&
      (unread || !choice.unread) &&
      !(item.kind === 'message' && choice.hiddenTypes.has(item.type)) &&
      touches(item, choice)
    ) {
      chosen.push(item);
      unreadChosen += unread ? 1 : 0;
    }
  }
  counts.total = end;
  return { items: chosen, counts, unread: unreadChosen, types };
}

/** Which of the three sorts that can be switched on and off. */
function sortOf(item: Item): 'control' | 'streams' | 'handshake' {
  if (item.kind === 'stream') {
    return 'streams';
  }
  return item.kind === 'step' || item.handshake ? 'handshake' : 'control';
}

/** Whether one of these nodes has not got it. */
function awaits(
  item: Item,
  nodes: ReadonlySet<string>,
  asOf: number | null
): boolean {
  if (nodes.size === 0) {
    return false;
  }
  const situation: ISituation = { asOf, ended: false, stuck: nodes };
  return arrivalsOf(item, situation).some(
    ({ standing }) => standing === 'stuck'
  );
}

function touches(item: Item, choice: IChoice): boolean {
  const { hiddenNodes, only } = choice;
  if (hiddenNodes.size === 0) {
    return true;
  }
  if (only !== null) {
    return item.from === only || receiversOf(item).includes(only);
  }
  return (
    !hiddenNodes.has(item.from) &&
    receiversOf(item).some(target => !hiddenNodes.has(target))
  );
}
