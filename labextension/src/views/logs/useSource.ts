/** The rows of a Logs view: one source for each model, asked for what the view shows. */

import * as React from 'react';

import { scopeKey } from '../../model/filters';
import type { IRunModel } from '../../tokens';
import { LogSource, type IWish } from './data/source';

/** The source of a model, drawn again when it changes. */
export function useSource(model: IRunModel): LogSource {
  const held = React.useRef<{ model: IRunModel; source: LogSource }>();
  if (held.current?.model !== model || held.current.source.isDisposed) {
    held.current = { model, source: new LogSource(model) };
  }
  const { source } = held.current;
  React.useSyncExternalStore(source.subscribe, source.version);
  React.useEffect(() => () => source.dispose(), [source]);
  const { state } = model.federation.connection;
  React.useEffect(() => {
    if (state === 'open') {
      source.retry();
    }
  }, [source, state]);
  return source;
}

/** Ask for that, whenever it is something else. Returns a name for it, equal for equal wishes. */
export function useWish(source: LogSource, wish: IWish): string {
  const { task, run, scope, text, cleared, asOf } = wish;
  const name = JSON.stringify([
    task,
    run,
    scopeKey(scope),
    text,
    cleared,
    asOf
  ]);
  React.useEffect(() => {
    if (run > 0) {
      source.ask(wish);
    }
    // The name holds all of the wish.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [source, name]);
  return name;
}
