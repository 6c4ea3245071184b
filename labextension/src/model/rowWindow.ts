/**
 * Lists of more rows than a browser can make an element high for (17.9 million pixels in one, 33.5 in another).
 *
 * The list holds a window of them, through which it scrolls as any element does, pixel by pixel. The window moves on
 * before its end is reached. A scroll bar of its own stands for all rows. What is said of either is a share from 0 (its
 * first row is uppermost) to 1 (its last row is lowest).
 */

/** The height of a row, in pixels, unless it is unfolded. */
export const ROW = 20;
/** A window has at most so many rows: 8 million pixels, which leaves room for unfolded ones. */
export const MOST_ROWS = 400_000;

export interface IRowWindow {
  readonly first: number;
  readonly count: number;
}

/** The window that begins at a row, of `total` rows. All of them, if they fit in. */
export function windowAt(
  first: number,
  total: number,
  most = MOST_ROWS
): IRowWindow {
  const begin = total <= most ? 0 : Math.min(Math.max(0, first), total - 1);
  return { first: begin, count: Math.min(most, total - begin) };
}

/**
 * Where the window has to begin for a row to be well inside: as it does now if possible, else so that the row is in its
 * middle. At the end it leaves room for rows to come, so that it need not move with each of them.
 */
export function beginFor(
  row: number,
  first: number,
  total: number,
  most = MOST_ROWS
): number {
  const now = windowAt(first, total, most);
  const margin = Math.floor(most / 10);
  const end = now.first + now.count;
  const isInside =
    row >= (now.first === 0 ? 0 : now.first + margin) &&
    row < (end >= total ? total : end - margin);
  if (isInside || total <= most) {
    return now.first;
  }
  const half = Math.floor(most / 2);
  return Math.min(Math.max(0, row - half), total - half);
}

/** The uppermost row, with its fraction, when `page` rows are on screen. */
export function rowAt(share: number, rows: IRowWindow, page: number): number {
  return rows.first + share * Math.max(0, rows.count - page);
}

/** How far the list is scrolled when a row is uppermost. */
export function shareOf(row: number, rows: IRowWindow, page: number): number {
  const room = rows.count - page;
  return room <= 0 ? 0 : Math.min(1, Math.max(0, (row - rows.first) / room));
}

/** The height of what the scroll bar scrolls. */
export function barHeight(total: number): number {
  return Math.min(total, MOST_ROWS) * ROW;
}
