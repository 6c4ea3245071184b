/** The views, in the order of their tabs. Whoever names, lists or draws views reads them here: a new one is a folder and a line. */

import type { IView } from '../tokens';
import { logs } from './logs';
import { messages } from './messages';
import { nodes } from './nodes';
import { rounds } from './rounds';

export const VIEWS: readonly [IView, ...IView[]] = [
  logs,
  nodes,
  messages,
  rounds
];

/** The view of that name; null: there is none. */
export function viewNamed(name: unknown): IView | null {
  return VIEWS.find(view => view.name === name) ?? null;
}

/** The same; the first one where there is none. */
export function viewOf({ view }: { view?: unknown }): IView {
  return viewNamed(view) ?? VIEWS[0];
}
