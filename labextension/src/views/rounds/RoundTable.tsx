import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { LeftOut } from '../../hub/protocol';
import { formatCell } from '../../model/charts';
import { formatBytes, formatCount } from '../../model/format';
import { type IMetric, isShare, valueInRound } from '../../model/metrics';
import type { IRound } from '../../model/rounds';
import { NodeName } from '../common/NodeName';
import type { INames } from '../common/hooks';
import { useTableKeys } from '../common/useTableKeys';
import { durationText } from '../common/words';
import { roundTime } from './Summary';

/** At first no more rounds than this, and no more columns of metrics. */
const MOST_ROWS = 100;
const MOST_METRICS = 6;

/** So many rows further by a page key. */
const PAGE = 10;

export interface IRoundTableProps {
  rounds: readonly IRound[];
  metrics: readonly IMetric[];
  leader: string;
  /** The number of the row that began the chosen round. */
  chosen: number | null;
  names: INames;
  trans: TranslationBundle;
  onChoose: (round: IRound) => void;
}

/** A row per round, the newest first. */
export function RoundTable(props: IRoundTableProps): JSX.Element {
  const { rounds, metrics, chosen, onChoose, trans } = props;
  const [all, setAll] = React.useState(false);
  const newest = [...rounds].reverse();
  const shown = all ? newest : newest.slice(0, MOST_ROWS);
  const columns = metrics
    .slice(0, MOST_METRICS)
    .map(metric => ({ metric, share: isShare([metric]) }));
  const table = React.useRef<HTMLTableElement>(null);
  const id = React.useId();
  const active = shown.findIndex(({ seq }) => seq === chosen);
  const go = (place: number): void => {
    const round = shown[place];
    if (round !== undefined) {
      onChoose(round);
      table.current?.tBodies[0]?.rows[place]?.scrollIntoView({
        block: 'nearest'
      });
    }
  };
  useTableKeys({
    table,
    count: shown.length,
    active,
    first: 0,
    page: PAGE,
    go,
    open: () => go(active)
  });
  return (
    <div className="jp-alphamed-RoundTable">
      <table
        ref={table}
        className="jp-alphamed-list"
        role="grid"
        tabIndex={0}
        aria-label={trans.__('Rounds')}
        aria-rowcount={newest.length + 1}
        aria-activedescendant={active < 0 ? undefined : `${id}-${active}`}
      >
        <thead>
          <tr aria-rowindex={1}>
            <th scope="col">{trans.__('Round')}</th>
            <th scope="col">{trans.__('Duration')}</th>
            <th scope="col">{trans.__('Updates')}</th>
            <th scope="col">{trans.__('Left out')}</th>
            <th scope="col">{trans.__('Slowest')}</th>
            <th scope="col">{trans.__('Bytes moved')}</th>
            {columns.map(({ metric }) => (
              <th scope="col" key={metric.name} title={metric.name}>
                {metric.name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {shown.map((round, place) => (
            <RoundRow
              key={round.seq}
              {...props}
              round={round}
              id={`${id}-${place}`}
              place={place}
              columns={columns}
            />
          ))}
        </tbody>
      </table>
      {newest.length > MOST_ROWS ? (
        <button
          type="button"
          className="jp-alphamed-Link"
          onClick={() => setAll(!all)}
        >
          {all
            ? trans.__('Show the newest %1 rounds', MOST_ROWS)
            : trans.__('Show all %1 rounds', formatCount(newest.length))}
        </button>
      ) : null}
    </div>
  );
}

const NOTHING = '–';

function RoundRow(
  props: IRoundTableProps & {
    round: IRound;
    id: string;
    place: number;
    columns: readonly { metric: IMetric; share: boolean }[];
  }
): JSX.Element {
  const { round, columns, leader, names, trans } = props;
  const { slowest } = round;
  const chosen = props.chosen === round.seq;
  return (
    <tr
      id={props.id}
      className={round.going ? 'jp-mod-going' : undefined}
      // From 1, which is the head.
      aria-rowindex={props.place + 2}
      aria-selected={chosen}
      onClick={() => props.onChoose(round)}
    >
      <th scope="row">
        <button
          type="button"
          tabIndex={-1}
          title={trans.__('Go to the beginning of round %1', round.round)}
        >
          {formatCount(round.round)}
        </button>
      </th>
      <td>{roundTime(trans, round.duration, round.going)}</td>
      <td>
        {round.expected === 0
          ? NOTHING
          : `${formatCount(round.updates)} / ${formatCount(round.expected)}`}
      </td>
      <td>
        <LeftOutCell
          left={round.leftOut}
          all={chosen}
          names={names}
          trans={trans}
        />
      </td>
      <td>
        {slowest === null ? (
          NOTHING
        ) : (
          <>
            <NodeName plain id={slowest.node} names={names} />
            {` · ${durationText(trans, slowest.seconds)}`}
          </>
        )}
      </td>
      <td>{formatBytes(round.bytes)}</td>
      {columns.map(({ metric, share }) => {
        const value = valueInRound(metric, round.round, leader);
        return (
          <td key={metric.name}>
            {value === null ? NOTHING : formatCell(value, share)}
          </td>
        );
      })}
    </tr>
  );
}

/** How many, and for a few of them, or in the chosen round, who and why. */
function LeftOutCell(props: {
  left: readonly LeftOut[];
  all: boolean;
  names: INames;
  trans: TranslationBundle;
}): JSX.Element {
  const { left, all, names, trans } = props;
  if (left.length === 0) {
    return <>0</>;
  }
  const named = left.map(
    ({ node, reason }) => `${names.short(node)} (${reasonWord(trans, reason)})`
  );
  const separator = trans.__(', ');
  return (
    <span className="jp-alphamed-RoundTable-left" title={named.join(separator)}>
      <b>{formatCount(left.length)}</b>{' '}
      {all || left.length <= 2 ? named.join(separator) : null}
    </span>
  );
}

/** Why a node was left out; a reason that nobody knows stays as it is. */
function reasonWord(trans: TranslationBundle, reason: string): string {
  switch (reason) {
    case 'late':
      return trans.__('late');
    case 'failed':
      return trans.__('failed');
    case 'gone':
      return trans.__('gone');
    default:
      return reason;
  }
}
