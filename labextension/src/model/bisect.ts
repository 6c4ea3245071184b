/**
 * The place of the first item that does not come before; the number of items if all do.
 *
 * @param items - in order: those that come before stand first.
 */
export function lowerBound<T>(
  items: ArrayLike<T>,
  isBefore: (item: T) => boolean,
  count = items.length
): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    const item = items[middle];
    if (item !== undefined && isBefore(item)) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

/** The place of the first item with a larger number. */
export function firstAfter(
  items: readonly { readonly seq: number }[],
  seq: number
): number {
  return lowerBound(items, item => item.seq <= seq);
}
