const NARROW = 900;
const SMALL = 600;

/** How wide a view is, for the rules that follow from it. */
export type ViewWidth = 'wide' | 'narrow' | 'small';

/** Of so many px; 0: not measured yet. */
export function widthOf(width: number): ViewWidth {
  if (width === 0 || width >= NARROW) {
    return 'wide';
  }
  return width >= SMALL ? 'narrow' : 'small';
}
