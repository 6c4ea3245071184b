/** Finds places by number and by time: in what is held, else with the hub's help. */

import { BLOCK, type Lines } from '../../../model/lines';
import type { LineReader } from './lineReader';

/** How many records have a number up to this one. */
export async function countUpTo(
  lines: Lines,
  seq: number,
  reader: LineReader
): Promise<number> {
  if (seq >= lines.upto) {
    return lines.total;
  }
  if (lines.loaded === lines.total) {
    let count = 0;
    for (const record of lines.records()) {
      count += record.seq <= seq ? 1 : 0;
    }
    return count;
  }
  const page = await reader.page({ around: seq + 1, limit: BLOCK });
  const later = page.rows.findIndex(row => row.seq > seq);
  return page.offset + (later < 0 ? page.rows.length : later);
}

/**
 * The place of the first record at or after a time, among those from `low` to before `high`; null: there is none any more.
 *
 * @param timeAt - asks the hub for the time of a place; undefined: it has none.
 */
export async function placeAtTime(
  lines: Lines,
  time: number,
  [low, high]: readonly [number, number],
  timeAt: (place: number) => Promise<number | undefined>
): Promise<number | null> {
  const known = lines.placeAt(time);
  if (known !== null) {
    return known;
  }
  while (low < high - 1) {
    const middle = (low + high - 1) >> 1;
    const at = lines.at(middle)?.at ?? (await timeAt(middle));
    if (at === undefined) {
      return null;
    }
    if (at < time) {
      low = middle + 1;
    } else {
      high = middle + 1;
    }
  }
  return low;
}
