/** What stands at a place of the list: a record, what stands before it, or a grey row while it is on its way. */

import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { isDropped, type ILogRecord } from '../../model/records';
import type { INames } from '../common/hooks';
import { bandsBefore, type IBand } from './bands';
import {
  DroppedRow,
  GreyRow,
  RecordRow,
  RoundBand,
  type IRowActions
} from './LogRow';
import type { LogSource } from './data/source';

export interface IListItemProps {
  source: LogSource;
  index: number;
  bands: readonly IBand[];
  selected: number | null;
  unfolded: ReadonlySet<number>;
  names: INames;
  actions: IRowActions;
  trans: TranslationBundle;
}

/** So far back the record before a dropped one is looked for. */
const BACK = 2000;

export function ListItem(props: IListItemProps): JSX.Element {
  const { source, index, bands, names, actions, trans } = props;
  const record = source.at(index);
  const place = index + 1;
  if (record === undefined) {
    return <GreyRow place={place} total={source.count} />;
  }
  const previous = index === 0 ? null : source.at(index - 1)?.seq;
  const common = {
    record,
    place,
    total: source.count,
    selected: record.seq === props.selected,
    names,
    actions,
    trans
  };
  return (
    <>
      {bandsBefore(bands, previous, record.seq).map(band => (
        <RoundBand
          key={band.seq}
          round={band.round}
          begin={band.begin}
          trans={trans}
        />
      ))}
      {isDropped(record) ? (
        <DroppedRow {...common} since={timeBefore(source, index, record)} />
      ) : (
        <RecordRow
          {...common}
          unfolded={props.unfolded.has(record.seq)}
          filter={source.finder.filter}
          match={source.finder.placeOf(record.seq)}
        />
      )}
    </>
  );
}

/** When the node's record before this one was written, as far as it is here. */
function timeBefore(
  source: LogSource,
  index: number,
  record: ILogRecord
): number | null {
  for (let at = index - 1; at >= 0 && at > index - BACK; at--) {
    const other = source.at(at);
    if (other === undefined) {
      return null;
    }
    if (other.node === record.node) {
      return other.body.time;
    }
  }
  return null;
}
