import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import {
  arrivalsOf,
  type IArrival,
  type ISituation
} from '../../model/arrivals';
import type { IWaitRow } from '../../model/diagramRows';
import type { IColumns } from '../../model/columns';
import { pathsOf, type IPaths, type IStop } from '../../model/paths';
import type { Item } from '../../model/messageItems';
import type { INames } from '../common/hooks';
import { MessageArrow, type IHeights } from './Arrows';
import { Band } from './Band';
import { nameOf, notReadText, streamTitle, waitText } from './words';

/** What all rows of the diagram are drawn with. */
export interface IDrawing {
  columns: IColumns;
  situation: ISituation;
  names: INames;
  now: number;
  trans: TranslationBundle;
  by: 'events' | 'time';
  /** The height of a moment, from the base of what is drawn. */
  heightAt: (time: number) => number;
}

export interface IItemArrowProps {
  item: Item;
  /** The height of its line, from the base of what is drawn. */
  line: number;
  /** There is room for its name. */
  named: boolean;
  drawing: IDrawing;
}

/** One message, stream or step. */
export const ItemArrow = React.memo(function ItemArrow(
  props: IItemArrowProps
): JSX.Element | null {
  const { item, line, named, drawing } = props;
  const { columns, situation, trans, now } = drawing;
  const arrivals =
    item.kind === 'step'
      ? item.targets.map((target): IArrival => ({
          target,
          standing: 'read',
          at: item.at,
          cause: ''
        }))
      : arrivalsOf(item, situation);
  const paths = pathsOf(item.from, arrivals, columns);
  if (paths === null) {
    return null;
  }
  const stream = item.kind === 'stream';
  const note = (arrival: IArrival): string =>
    named ? notReadText(trans, arrival, stream, now) : '';
  if (item.kind === 'stream') {
    return (
      <Band
        paths={paths}
        heights={heightsOf(paths, line, 8, drawing)}
        name={named ? streamTitle(trans, item) : ''}
        bare={named ? nameOf(trans, item) : ''}
        note={note}
        size={item.size}
      />
    );
  }
  return (
    <MessageArrow
      paths={paths}
      heights={heightsOf(paths, line, 3, drawing)}
      name={named ? nameOf(trans, item) : ''}
      note={note}
      dotted={item.kind === 'step' || item.handshake}
    />
  );
});

/** By events a line falls a little, to show which way time goes; by time as much as it took. */
function heightsOf(
  paths: IPaths,
  line: number,
  fall: number,
  { by, heightAt }: IDrawing
): IHeights {
  if (by === 'time') {
    return {
      from: line,
      at: stop =>
        stop.standing === 'read'
          ? Math.max(line, heightAt(Math.max(...stop.arrivals.map(a => a.at))))
          : line
    };
  }
  return {
    from: line - fall / 2,
    at: (stop: IStop, side: readonly IStop[]) => {
      const far = side[side.length - 1]?.x ?? stop.x;
      const share = (stop.x - paths.x) / (far - paths.x || 1);
      return line - fall / 2 + fall * share;
    }
  };
}

export interface IWaitArrowProps {
  row: IWaitRow;
  line: number;
  drawing: IDrawing;
}

/** A wait that goes on: it points at the node that must act. */
export function WaitArrow({
  row,
  line,
  drawing
}: IWaitArrowProps): JSX.Element | null {
  const { columns, names, trans, now } = drawing;
  const arrivals = row.whom.map((target): IArrival => ({
    target,
    standing: 'stuck',
    at: row.at,
    cause: ''
  }));
  const paths = pathsOf(row.node, arrivals, columns);
  if (paths === null) {
    return null;
  }
  const text = waitText(trans, row, names, now);
  return (
    <MessageArrow
      paths={paths}
      heights={{ from: line, at: () => line }}
      name=""
      note={() => text}
    />
  );
}
