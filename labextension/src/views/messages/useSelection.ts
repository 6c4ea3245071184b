import * as React from 'react';
import type { ISelection } from '../../model/messageChoice';
import type { IDiagram } from '../../model/diagram';
import { firstAfter, lowerBound } from '../../model/bisect';
import type { Item } from '../../model/messageItems';
import type { IMoment, IRunModel } from '../../tokens';
import type { IScroller } from './useScroller';

export interface ISelected {
  item: Item | null;
  /** Its details are shown. */
  open: boolean;
  select: (item: Item) => void;
  /** So many messages on, or back. */
  move: (by: number) => void;
  openDetail: () => void;
  /** Close the details, then clear the selection. False: there is neither. */
  escape: () => boolean;
}

interface IOptions {
  model: IRunModel;
  selection: ISelection;
  diagram: IDiagram;
  scroller: IScroller;
  /** All that was there has come. */
  complete: boolean;
  pause: () => void;
}

/** The selected message, and the moment that all views share. */
export function useSelection(options: IOptions): ISelected {
  const { model, selection, diagram, scroller, complete, pause } = options;
  const { items } = selection;
  const [item, setItem] = React.useState<Item | null>(null);
  const [open, setOpen] = React.useState(true);
  /** The moment that this view has set, or has gone to. */
  const known = React.useRef<IMoment | null>(null);

  const show = (place: number): void => {
    const row = diagram.rowOfItem[place];
    if (row !== undefined) {
      const { tops } = diagram;
      scroller.reveal((tops[row] ?? 0) - 30, (tops[row + 1] ?? 0) + 30);
    }
  };
  const select = (next: Item): void => {
    const moment = { at: next.at, seq: next.seq };
    known.current = moment;
    setItem(next);
    pause();
    model.setMoment(moment);
  };

  const { moment } = model;
  React.useEffect(() => {
    if (moment === null || same(moment, known.current) || !complete) {
      return;
    }
    known.current = moment;
    pause();
    const place = moment.seq === null ? -1 : placeOf(items, moment.seq);
    const found = items[place];
    if (found !== undefined) {
      setItem(found);
      setOpen(true);
      show(place);
    } else {
      const height = diagram.heightAt(moment.at);
      scroller.reveal(height - 60, height + 60);
    }
    // Only another moment leads there; what is shown at the time of it is known then.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [moment, complete]);

  // What is selected may be of another run, or after the moment that is looked at.
  const last = items[items.length - 1];
  const gone = item !== null && placeOf(items, item.seq, item.kind) < 0;
  React.useEffect(() => {
    if (gone && last !== undefined) {
      setItem(null);
    }
  }, [gone, last]);

  return {
    item: gone ? null : item,
    open: open && item !== null && !gone,
    select: next => {
      select(next);
      setOpen(true);
    },
    move: by => {
      const from = item === null ? -1 : placeOf(items, item.seq, item.kind);
      // Without a selection the first one is taken from what is on screen.
      const [top] = scroller.visible();
      const start =
        from >= 0 ? from + by : firstVisible(diagram, top, items.length);
      const place = Math.min(Math.max(start, 0), items.length - 1);
      const next = items[place];
      if (next !== undefined) {
        select(next);
        show(place);
      }
    },
    openDetail: () => setOpen(true),
    escape: () => {
      if (item === null) {
        return false;
      }
      if (open) {
        setOpen(false);
      } else {
        setItem(null);
        known.current = null;
        model.setMoment(null);
      }
      return true;
    }
  };
}

function same(one: IMoment, other: IMoment | null): boolean {
  return other !== null && one.at === other.at && one.seq === other.seq;
}

/** The place of the item of that number; -1: it is not among them. */
function placeOf(
  items: readonly Item[],
  seq: number,
  kind?: Item['kind']
): number {
  for (let place = firstAfter(items, seq - 1); ; place++) {
    const item = items[place];
    if (item?.seq !== seq) {
      return -1;
    }
    if (kind === undefined || item.kind === kind) {
      return place;
    }
  }
}

function firstVisible(diagram: IDiagram, top: number, count: number): number {
  return lowerBound(
    diagram.rowOfItem,
    row => (diagram.tops[row] ?? 0) < top,
    count
  );
}
