/**
 * Bring a row of a list on screen, by the least scrolling.
 *
 * It goes by where the list stands now. What Virtuoso knows of that comes with the next scroll event: asked twice at once, it takes
 * for visible what the first scrolling has moved away.
 *
 * @param height of each row, px
 */
export function revealRow(
  scroller: HTMLElement | null,
  row: number,
  height: number
): void {
  if (scroller === null) {
    return;
  }
  const [top, bottom] = [row * height, (row + 1) * height];
  const { scrollTop, clientHeight } = scroller;
  if (top < scrollTop) {
    scroller.scrollTop = top;
  } else if (bottom > scrollTop + clientHeight) {
    scroller.scrollTop = bottom - clientHeight;
  }
}
