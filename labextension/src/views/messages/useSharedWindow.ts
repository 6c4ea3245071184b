import * as React from 'react';
import type { IRunModel, ITimeWindow } from '../../tokens';

/** Often enough for the strip above to keep up, and seldom enough not to slow down the scrolling. */
const EVERY_MS = 60;

/** Tell the model which time this view shows; nothing any more when it goes. */
export function useSharedWindow(
  model: IRunModel
): (window: ITimeWindow) => void {
  const state = React.useRef({ timer: 0, said: '' });
  React.useEffect(() => {
    const { current } = state;
    return () => {
      clearTimeout(current.timer);
      current.timer = 0;
      current.said = '';
      model.setWindow(null);
    };
  }, [model]);
  const next = React.useRef<ITimeWindow>({ begin: 0, end: 0 });
  return React.useCallback(
    window => {
      next.current = window;
      const { current } = state;
      if (current.timer !== 0) {
        return;
      }
      current.timer = globalThis.setTimeout(() => {
        current.timer = 0;
        const { begin, end } = next.current;
        const said = `${begin.toFixed(2)} ${end.toFixed(2)}`;
        if (said !== current.said) {
          current.said = said;
          model.setWindow({ begin, end });
        }
      }, EVERY_MS) as unknown as number;
    },
    [model]
  );
}
