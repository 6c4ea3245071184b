/** How keys walk through the rows of a table that has the focus itself, and tells which of its rows is the active one. */

import * as React from 'react';
import { useKeys, type KeyHandler } from './keys';

export interface ITableKeys {
  /** What has the focus. */
  table: React.RefObject<HTMLElement>;
  count: number;
  /** The active row, from 0; -1: none. */
  active: number;
  /** Where to begin without an active row. */
  first: number;
  /** How many rows a page has. */
  page: number;
  go: (row: number) => void;
  /** What Enter does. */
  open: KeyHandler;
  /** What is to be done after going to the last row, besides. */
  atEnd?: () => void;
}

/** Arrow keys, page keys, Home, End and Enter. In a view with other lists they act here only while the focus is here. */
export function useTableKeys(options: ITableKeys): void {
  const { table, count, active, first, page, go, open } = options;
  const here = (act: KeyHandler): KeyHandler => {
    return () =>
      table.current?.contains(document.activeElement) === true ? act() : false;
  };
  const by = (step: number): KeyHandler =>
    here(() => {
      const row = active < 0 ? first : active + step;
      if (count > 0) {
        go(Math.min(Math.max(row, 0), count - 1));
      }
    });
  useKeys({
    up: by(-1),
    down: by(1),
    'page-up': by(-page),
    'page-down': by(page),
    oldest: here(() => {
      if (count > 0) {
        go(0);
      }
    }),
    newest: here(() => {
      if (count > 0) {
        go(count - 1);
      }
      options.atEnd?.();
    }),
    detail: here(open)
  });
}
