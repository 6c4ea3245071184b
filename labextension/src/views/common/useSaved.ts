import * as React from 'react';
import type { IRunModel } from '../../tokens';

/**
 * Settings of a view that survive a reload; a function that changes some of them; and one that tells how they are now, since several
 * changes may come before the next drawing.
 *
 * @param name - under which the model keeps them.
 * @param read - always the same function. Makes settings of whatever was saved, which may come from another release, or from anywhere.
 */
export function useSaved<T extends object>(
  model: IRunModel,
  name: string,
  read: (saved: unknown) => T
): [T, (change: Partial<T>) => void, () => T] {
  const [, again] = React.useReducer((n: number) => n + 1, 0);
  const saved = model.saved[name];
  const settings = React.useMemo(() => read(saved), [read, saved]);
  const latest = React.useCallback(
    () => read(model.saved[name]),
    [model, name, read]
  );
  const change = React.useCallback(
    (part: Partial<T>) => {
      model.save(name, { ...latest(), ...part });
      again();
    },
    [model, name, latest]
  );
  return [settings, change, latest];
}
