/** Hooks that several views share. */

import * as React from 'react';
import { nodeNumbers, shortId, shortIds } from '../../model/marks';
import type { IFederation, IRunModel, IRunState } from '../../tokens';

/** Draw again when the model changes, at most once a frame. */
export function useModel(model: IRunModel): void {
  useChanges(model.changed, model);
}

/** Draw again when the connection, a task, or what is unseen changes. */
export function useFederation(federation: IFederation): void {
  useChanges(federation.changed, federation);
}

interface IChanges<S> {
  connect(slot: (sender: S) => void): boolean;
  disconnect(slot: (sender: S) => void): boolean;
}

/** Draw again when a sender's signal says so, at most once a frame. */
export function useChanges<S>(changed: IChanges<S>, sender: S): void {
  const [, again] = React.useReducer((n: number) => n + 1, 0);
  React.useEffect(() => {
    let frame = 0;
    const slot = () => {
      // A hidden page gets no frames, and needs no drawing.
      if (frame === 0) {
        frame = requestAnimationFrame(() => {
          frame = 0;
          again();
        });
      }
    };
    changed.connect(slot);
    // What changed between drawing and connecting.
    again();
    return () => {
      changed.disconnect(slot);
      cancelAnimationFrame(frame);
    };
    // The signal belongs to its sender; a getter may make a new object of it.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [sender]);
}

/**
 * The time of what is shown, by the hub's clock: it goes on every `ms` while a live run is on screen, and stands still at the end of a
 * run, as of a moment, and where contact with the hub ended.
 */
export function useNow(model: IRunModel, ms = 1000): number {
  const { federation } = model;
  const still = stillAt(model);
  const [now, setNow] = React.useState(() => federation.now());
  const moving = still === null && model.visible;
  React.useEffect(() => {
    if (!moving) {
      return;
    }
    setNow(federation.now());
    const timer = setInterval(() => setNow(federation.now()), ms);
    return () => clearInterval(timer);
  }, [federation, moving, ms]);
  // What came in between must not lie in the future.
  return still ?? Math.max(now, model.shown?.at ?? 0);
}

/** Where time stands still; null: it goes on. */
export function stillAt(model: IRunModel): number | null {
  const shown = model.shown;
  if (shown === null) {
    return null;
  }
  if (model.asOf !== null) {
    return shown.at;
  }
  if (shown.ended > 0) {
    return shown.ended;
  }
  const { state, since } = model.federation.connection;
  return state === 'lost' || state === 'refused' || state === 'outdated'
    ? Math.max(since, shown.at)
    : null;
}

export interface INames {
  /** The number of its mark. */
  number(id: string): number;
  short(id: string): string;
}

type Named = Pick<IRunState, 'nodes' | 'members'>;

/** Numbers and short ids of a run's nodes. */
export function useNames(run: Named | null): INames {
  // The lists change with every state; who is in them hardly ever does.
  const key = run === null ? '' : namesKey(run);
  const held = React.useRef<{ key: string; names: INames } | null>(null);
  if (held.current === null || held.current.key !== key) {
    held.current = { key, names: namesOf(run) };
  }
  return held.current.names;
}

function namesKey(run: Named): string {
  return JSON.stringify([run.nodes, run.members.map(member => member.node)]);
}

/** The same outside of React. */
export function namesOf(run: Named | null): INames {
  const numbers = run === null ? new Map<string, number>() : nodeNumbers(run);
  const shorts = shortIds([...numbers.keys()]);
  return {
    number: id => numbers.get(id) ?? numbers.size,
    short: id => shorts.get(id) ?? shortId(id)
  };
}

/** The size of an element, kept up to date. */
export function useSize(ref: React.RefObject<HTMLElement>): {
  width: number;
  height: number;
} {
  const [size, setSize] = React.useState({ width: 0, height: 0 });
  React.useLayoutEffect(() => {
    const element = ref.current;
    if (element === null) {
      return;
    }
    const measure = () => {
      const { clientWidth: width, clientHeight: height } = element;
      setSize(old =>
        old.width === width && old.height === height ? old : { width, height }
      );
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [ref]);
  return size;
}
