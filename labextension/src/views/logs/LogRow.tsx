/** The rows of the list: a record, dropped records, a record on its way, and the band before a round. */

import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { Frame } from '../../hub/protocol';
import { safeName } from '../../model/escaped';
import { plain } from '../../model/ansi';
import { occurrences, type ITextFilter } from '../../model/filters';
import { formatCount, formatTime } from '../../model/format';
import { markOf } from '../../model/marks';
import {
  levelOf,
  levelWord,
  sourceOf,
  summaryOf,
  type ILogRecord
} from '../../model/records';
import type { INames } from '../common/hooks';
import { WarningIcon } from '../common/icons';
import { NodeName } from '../common/NodeName';
import { Phrase } from '../common/Phrase';
import { LogText } from './LogText';
import { TracebackView } from './TracebackView';

/** What rows tell the view. */
export interface IRowActions {
  select(record: ILogRecord): void;
  toggle(seq: number): void;
  open(record: ILogRecord, frame: Frame): void;
}

export interface IRowProps {
  record: ILogRecord;
  /** From 1. */
  place: number;
  total: number;
  selected: boolean;
  unfolded: boolean;
  filter: ITextFilter;
  /** Where an expression matched. */
  match: readonly [number, number] | null;
  names: INames;
  actions: IRowActions;
  trans: TranslationBundle;
}

export function rowId(seq: number): string {
  return `jp-alphamed-Logs-row-${seq}`;
}

export const RecordRow = React.memo(function RecordRow(
  props: IRowProps
): JSX.Element {
  const { record, selected, unfolded, names, actions, trans } = props;
  const { body, node, seq } = record;
  const level = levelOf(body.level);
  const summary = React.useMemo(() => summaryOf(record), [record]);
  const open = unfolded && summary.foldable;
  const source = sourceOf(record);
  const text = open ? body.text.trimEnd() : summary.head;
  return (
    <div
      id={rowId(seq)}
      role="row"
      aria-posinset={props.place}
      aria-setsize={props.total}
      aria-selected={selected}
      aria-expanded={summary.foldable ? open : undefined}
      className={`jp-alphamed-Logs-row jp-mod-${level}${selected ? ' jp-mod-selected' : ''}${open ? ' jp-mod-open' : ''}`}
      data-seq={seq}
      onClick={() => {
        if (window.getSelection()?.isCollapsed !== false) {
          actions.select(record);
        }
      }}
      onDoubleClick={() => summary.foldable && actions.toggle(seq)}
    >
      <span
        className="jp-alphamed-Logs-rail"
        data-node-colour={markOf(names.number(node)).colour}
      />
      <span role="gridcell" className="jp-alphamed-Logs-time">
        {formatTime(body.time)}
      </span>
      <span role="gridcell" className="jp-alphamed-Logs-node">
        <NodeName id={node} names={names} />
      </span>
      <span role="gridcell" className="jp-alphamed-Logs-level">
        {levelWord(body.level)}
      </span>
      <span role="gridcell" className="jp-alphamed-Logs-source" title={source}>
        {plain(source)}
      </span>
      <span role="gridcell" className="jp-alphamed-Logs-text">
        {summary.foldable && (
          <button
            type="button"
            tabIndex={-1}
            className="jp-alphamed-Logs-fold"
            aria-label={open ? trans.__('Fold') : trans.__('Unfold')}
            onClick={event => {
              event.stopPropagation();
              actions.toggle(seq);
            }}
          >
            {open ? '▾' : '▸'}
          </button>
        )}
        <span className="jp-alphamed-Logs-line">
          <LogText text={text} marks={marksIn(text, props)} />
        </span>
        {!open && summary.more > 0 && (
          <button
            type="button"
            tabIndex={-1}
            className="jp-alphamed-Logs-more"
            onClick={event => {
              event.stopPropagation();
              actions.toggle(seq);
            }}
          >
            {trans._n('+%1 line', '+%1 lines', summary.more)}
          </button>
        )}
        {open && body.traceback && (
          <TracebackView
            key={seq}
            traceback={body.traceback}
            onOpen={frame => actions.open(record, frame)}
            trans={trans}
          />
        )}
      </span>
    </div>
  );
});

function marksIn(
  text: string,
  props: IRowProps
): readonly (readonly [number, number])[] {
  const { filter, match } = props;
  if (filter.text === '' || filter.exclude) {
    return [];
  }
  const shown = plain(text);
  if (!filter.regex) {
    return occurrences(shown, filter);
  }
  // An expression matched somewhere in the record's own text, which begins as the shown one does.
  return match !== null && shown === text ? [match] : [];
}

export function DroppedRow(props: {
  record: ILogRecord;
  place: number;
  total: number;
  selected: boolean;
  /** When the node's record before it was written; null: not known. */
  since: number | null;
  names: INames;
  actions: IRowActions;
  trans: TranslationBundle;
}): JSX.Element {
  const { record, since, names, trans } = props;
  const count = record.body.dropped ?? 0;
  const node = (
    <strong className="jp-alphamed-Logs-id" title={safeName(record.node)}>
      {names.short(record.node)}
    </strong>
  );
  const until = formatTime(record.body.time).slice(0, -2);
  return (
    <div
      id={rowId(record.seq)}
      role="row"
      aria-posinset={props.place}
      aria-setsize={props.total}
      aria-selected={props.selected}
      className={`jp-alphamed-Logs-dropped${props.selected ? ' jp-mod-selected' : ''}`}
      data-seq={record.seq}
      onClick={() => props.actions.select(record)}
    >
      <WarningIcon />
      <span role="gridcell">
        {since === null ? (
          <Phrase
            text={trans.__(
              '%1 records of %2 were dropped before %3: it logged faster than the hub could store for over 2 s.'
            )}
            parts={[formatCount(count), node, until]}
          />
        ) : (
          <Phrase
            text={trans.__(
              '%1 records of %2 were dropped between %3 and %4: it logged faster than the hub could store for over 2 s.'
            )}
            parts={[
              formatCount(count),
              node,
              formatTime(since).slice(0, -2),
              until
            ]}
          />
        )}
      </span>
    </div>
  );
}

/** A record that is on its way from the hub. */
export function GreyRow(props: { place: number; total: number }): JSX.Element {
  return (
    <div
      role="row"
      aria-busy="true"
      aria-posinset={props.place}
      aria-setsize={props.total}
      className="jp-alphamed-Logs-row jp-mod-grey"
    >
      <span />
      <span className="jp-alphamed-Logs-bar" />
      <span className="jp-alphamed-Logs-bar" />
      <span className="jp-alphamed-Logs-bar jp-mod-level" />
      <span className="jp-alphamed-Logs-bar jp-mod-source" />
      <span
        className="jp-alphamed-Logs-bar"
        style={{ width: `${25 + ((props.place * 37) % 50)}%` }}
      />
    </div>
  );
}

export function RoundBand(props: {
  round: number;
  begin: number;
  trans: TranslationBundle;
}): JSX.Element {
  return (
    <div className="jp-alphamed-Logs-band" role="presentation">
      <strong>{props.trans.__('Round %1', String(props.round))}</strong>
      <span>{formatTime(props.begin)}</span>
    </div>
  );
}
