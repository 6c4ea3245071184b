/** Who is who: the number, colour and frame of a node, and its short id. Pure. */

import { safeName } from './escaped';

export interface IMark {
  number: number;
  /** Which of the twelve node colours. */
  colour: number;
  frame: 'filled' | 'outlined' | 'dashed';
}

const COLOURS = 12;
const FRAMES = ['filled', 'outlined', 'dashed'] as const;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
/** The lengths at which a UUID may be cut: at its dashes, then whole. */
const UUID_LENGTHS = [8, 13, 18, 23, 36];
const LONGEST = 14;

/** The mark of the node with that number. Beyond 12 the colour comes round and the frame changes. */
export function markOf(number: number): IMark {
  const n = Math.max(0, Math.floor(number));
  return {
    number: n,
    colour: n % COLOURS,
    frame: FRAMES[Math.floor(n / COLOURS) % FRAMES.length] ?? 'filled'
  };
}

/** The number of each node: its place in `nodes`; others get the next free ones as they came. */
export function nodeNumbers(run: {
  nodes: readonly string[];
  members: readonly { node: string }[];
}): Map<string, number> {
  const numbers = new Map<string, number>();
  for (const node of run.nodes) {
    if (!numbers.has(node)) {
      numbers.set(node, numbers.size);
    }
  }
  for (const { node } of run.members) {
    if (!numbers.has(node)) {
      numbers.set(node, numbers.size);
    }
  }
  return numbers;
}

/** A short id on its own, without regard to others. */
export function shortId(id: string): string {
  return cut(id, 0);
}

/** Short ids that are different for different ids: those that collide are lengthened, all of them. */
export function shortIds(ids: readonly string[]): Map<string, string> {
  const short = new Map<string, string>();
  let open = [...new Set(ids)];
  for (let step = 0; open.length > 0; step++) {
    const taken = new Map<string, string[]>();
    for (const id of open) {
      const text = cut(id, step);
      const owners = taken.get(text);
      if (owners === undefined) {
        taken.set(text, [id]);
      } else {
        owners.push(id);
      }
    }
    open = [];
    for (const [text, owners] of taken) {
      if (
        owners.length === 1 ||
        owners.every(id => cut(id, step) === safeName(id))
      ) {
        owners.forEach(id => short.set(id, text));
      } else {
        open.push(...owners);
      }
    }
  }
  return short;
}

function cut(id: string, step: number): string {
  const shown = safeName(id);
  if (UUID.test(id)) {
    return id.slice(0, UUID_LENGTHS[Math.min(step, UUID_LENGTHS.length - 1)]);
  }
  const characters = [...shown];
  const length = LONGEST + step * 6;
  if (characters.length <= length) {
    return shown;
  }
  const head = Math.ceil((length - 1) / 2);
  const tail = length - 1 - head;
  return `${characters.slice(0, head).join('')}…${characters.slice(-tail).join('')}`;
}
