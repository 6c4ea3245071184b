/** The rows of the diagram that are in view, and which of them have room for their words. */

import {
  rowsBetween,
  type DiagramRow,
  type IDiagram
} from '../../model/diagram';

/** A row in view. */
export interface IDrawnRow {
  row: DiagramRow;
  place: number;
  /** The height of its line in the diagram. */
  line: number;
  /** There is room for its words. */
  named: boolean;
}

/** By time rows may lie on top of each other: words stand only where there is room for them. */
const LEAST_TEXT = 15;

export function drawnRows(
  diagram: IDiagram,
  by: 'events' | 'time',
  [top, bottom]: readonly [number, number]
): IDrawnRow[] {
  const [first, last] = rowsBetween(diagram, top, bottom);
  const rows: IDrawnRow[] = [];
  let text = -Infinity;
  for (let place = first; place < last; place++) {
    const row = diagram.rows[place];
    const line = diagram.lines[place] ?? 0;
    if (row === undefined) {
      break;
    }
    const round = row.kind === 'round';
    const named = by === 'events' || round || line - text >= LEAST_TEXT;
    if (named) {
      if (by === 'time' && round) {
        unname(rows, line - LEAST_TEXT);
      }
      text = line;
    }
    rows.push({ row, place, line, named });
  }
  return rows;
}

/** A round's own words stand in any case. */
function unname(rows: readonly IDrawnRow[], from: number): void {
  for (let place = rows.length - 1; place >= 0; place--) {
    const row = rows[place];
    if (row === undefined || row.line <= from) {
      break;
    }
    row.named = false;
  }
}
