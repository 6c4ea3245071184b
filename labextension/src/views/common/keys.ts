/**
 * How a view answers keys. Each key of the design's table is a command `alphamed:<name>` that users may rebind; its default binding
 * acts inside elements of the class `jp-alphamed-list`. So a view
 *
 * - gives its list (the element that takes the focus, `tabIndex={0}`) that class, and
 * - says what keys do there: `useKeys({'open-cell': () => openCell(), escape: () => pane.close()})`.
 *
 * The one mounted last is asked first, and a handler that returns `false` passes the key on (as `escape` needs: box, pane, selection).
 * Nothing else is to be done: the main-area widget provides the context, and the commands find it by the focus.
 */

import * as React from 'react';
import { flushSync } from 'react-dom';

type Digit = '0' | '1' | '2' | '3' | '4' | '5' | '6' | '7' | '8' | '9';

export type KeyName =
  | 'up'
  | 'down'
  | 'page-up'
  | 'page-down'
  | 'unfold'
  | 'fold'
  | 'detail'
  | 'open-cell'
  | 'oldest'
  | 'newest'
  | 'follow'
  | 'copy'
  | 'next-error'
  | 'previous-error'
  | 'next-match'
  | 'previous-match'
  | 'filter'
  | 'escape'
  | `node-${Digit}`
  | `only-node-${Digit}`
  | 'previous-view'
  | 'next-view'
  | 'zoom-in'
  | 'zoom-out'
  | 'fit';

/** Returns false when it leaves the key to others. */
export type KeyHandler = () => boolean | void;

export type KeyHandlers = Partial<Record<KeyName, KeyHandler>>;

/** What keys do in one main-area view. */
export interface IViewKeys {
  /** Whether somebody took the key. */
  run(name: KeyName): boolean;
}

/** The handlers of the mounted parts of one main-area view. */
export class ViewKeys implements IViewKeys {
  run(name: KeyName): boolean {
    // What a key changes is drawn before the next one comes, or that one, on a busy machine, acts on what was before.
    return flushSync(() => {
      for (const layer of [...this._layers].reverse()) {
        const handler = layer.current[name];
        if (handler !== undefined && handler() !== false) {
          return true;
        }
      }
      return false;
    });
  }

  /** `layer.current` is read at each key, so that a view may change its handlers at each rendering. */
  add(layer: { readonly current: KeyHandlers }): () => void {
    this._layers.push(layer);
    return () => {
      this._layers = this._layers.filter(other => other !== layer);
    };
  }

  private _layers: { readonly current: KeyHandlers }[] = [];
}

/** Null: outside a main-area view, as in the gallery; keys do nothing there. */
export const KeysContext = React.createContext<ViewKeys | null>(null);

/** Say what keys do while this component is mounted. */
export function useKeys(handlers: KeyHandlers): void {
  const keys = React.useContext(KeysContext);
  const layer = React.useRef(handlers);
  layer.current = handlers;
  React.useEffect(() => keys?.add(layer), [keys]);
}
