/** In Notebook 7 every document has a page of its own. What it is to show is left here, and taken up by that page. */

import type { IPlace } from '../tokens';

const KEY = 'alphamed_nb:place';
/** A page that did not come up by then will not; a later visit must not jump. */
const KEPT = 60_000; // milliseconds

interface ILeft {
  path: string;
  place: IPlace;
  at: number;
}

export function leave(path: string, place: IPlace): void {
  const left: ILeft = { path, place, at: Date.now() };
  window.localStorage.setItem(KEY, JSON.stringify(left));
}

/** What was left for the page of this document, once; null: nothing. */
export function takeUp(path: string): IPlace | null {
  const text = window.localStorage.getItem(KEY);
  if (text === null) {
    return null;
  }
  const left = JSON.parse(text) as ILeft;
  if (left.path !== path) {
    return null;
  }
  window.localStorage.removeItem(KEY);
  return Date.now() - left.at < KEPT ? left.place : null;
}
