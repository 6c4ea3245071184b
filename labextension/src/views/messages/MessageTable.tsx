import * as React from 'react';
import { Virtuoso } from 'react-virtuoso';
import { arrivalsOf, receiversOf, sizeOf } from '../../model/arrivals';
import type { IDiagram } from '../../model/diagram';
import type { DiagramRow } from '../../model/diagram';
import { formatBytes, formatTime } from '../../model/format';
import type { Item } from '../../model/messages';
import { NodeName } from '../common/NodeName';
import { ageText, durationText } from '../common/words';
import type { IDrawing } from './Row';
import { lossText, nameOf, untilRead } from './words';

export interface IMessageTableProps {
  diagram: IDiagram;
  drawing: Omit<IDrawing, 'heightAt'>;
  selected: Item | null;
  onSelect: (item: Item) => void;
  onOpen: () => void;
  following: boolean;
}

/** The diagram's content in its order, for those who cannot see it. */
export function MessageTable(props: IMessageTableProps): JSX.Element {
  const { diagram, drawing, following } = props;
  const { trans } = drawing;
  const rows = React.useMemo(
    () => diagram.rows.filter(row => row.kind !== 'idle' || !row.short),
    [diagram]
  );
  return (
    <div
      className="jp-alphamed-Messages-table jp-alphamed-list"
      role="table"
      tabIndex={0}
      aria-label={trans.__('Messages')}
      aria-rowcount={rows.length + 1}
    >
      <div role="rowgroup">
        <div
          className="jp-alphamed-Messages-tableHead"
          role="row"
          aria-rowindex={1}
        >
          <span role="columnheader">{trans.__('Time')}</span>
          <span role="columnheader">{trans.__('From')}</span>
          <span role="columnheader">{trans.__('Message')}</span>
          <span role="columnheader">{trans.__('Receivers')}</span>
          <span role="columnheader">{trans.__('Size')}</span>
          <span role="columnheader">{trans.__('until read')}</span>
        </div>
      </div>
      <Virtuoso
        role="rowgroup"
        className="jp-alphamed-Messages-tableRows"
        totalCount={rows.length}
        fixedItemHeight={24}
        initialTopMostItemIndex={following ? Math.max(0, rows.length - 1) : 0}
        followOutput={following}
        itemContent={place => (
          <TableRow row={rows[place]} index={place + 2} {...props} />
        )}
      />
    </div>
  );
}

interface ITableRowProps extends IMessageTableProps {
  row: DiagramRow | undefined;
  /** From 1, which is the head. */
  index: number;
}

function TableRow(props: ITableRowProps): JSX.Element {
  const { row, index, selected, onSelect, onOpen } = props;
  if (
    row?.kind === 'message' ||
    row?.kind === 'stream' ||
    row?.kind === 'step'
  ) {
    return (
      <div
        role="row"
        aria-rowindex={index}
        aria-selected={row === selected}
        className="jp-alphamed-Messages-tableRow"
        onClick={() => onSelect(row)}
        onDoubleClick={onOpen}
      >
        <ItemCells item={row} {...props} />
      </div>
    );
  }
  return (
    <div
      role="row"
      aria-rowindex={index}
      className="jp-alphamed-Messages-tableRow jp-mod-note"
    >
      <span role="cell">
        {row === undefined || row.kind === 'idle' ? '' : formatTime(row.at)}
      </span>
      <span role="cell" aria-colspan={5}>
        {row === undefined ? '' : noteText(row, props)}
      </span>
    </div>
  );
}

function ItemCells({
  item,
  drawing
}: IMessageTableProps & { item: Item }): JSX.Element {
  const { trans, names, roles, situation } = drawing;
  const size = sizeOf(item);
  const verdict = untilRead(trans, item, arrivalsOf(item, situation));
  const receivers = receiversOf(item);
  return (
    <>
      <span role="cell">{formatTime(item.at)}</span>
      <span role="cell">
        <NodeName
          id={item.from}
          number={names.number(item.from)}
          short={names.short(item.from)}
        />
      </span>
      <span role="cell">
        <code>{nameOf(trans, item, roles)}</code>
      </span>
      <span role="cell" title={receivers.join('\n')}>
        {receivers.map(id => names.short(id)).join(', ')}
      </span>
      <span role="cell">{size === null ? '' : formatBytes(size)}</span>
      <span role="cell" data-tone={verdict.tone}>
        {verdict.text}
      </span>
    </>
  );
}

function noteText(
  row: Exclude<DiagramRow, Item>,
  { drawing }: IMessageTableProps
): string {
  const { trans, names, now } = drawing;
  switch (row.kind) {
    case 'round':
      return row.round === 0
        ? trans.__('Attempt %1', String(row.attempt))
        : trans.__('Round %1', String(row.round));
    case 'idle':
      return trans.__(
        'nothing for %1',
        row.to === 0
          ? ageText(trans, now - row.from)
          : durationText(trans, row.to - row.from)
      );
    case 'presence':
      return trans.__(
        '%1: %2',
        names.short(row.member.node),
        lossText(trans, row.member)
      );
    case 'wait':
      return trans.__(
        '%1 waits for %2: %3, %4',
        names.short(row.node),
        row.whom.map(id => names.short(id)).join(', '),
        row.what,
        ageText(trans, now - row.at)
      );
  }
}
