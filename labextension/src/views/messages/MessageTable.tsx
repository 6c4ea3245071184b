import * as React from 'react';
import { Virtuoso } from 'react-virtuoso';
import { plain } from '../../model/ansi';
import { safeName } from '../../model/escaped';
import { arrivalsOf, receiversOf, sizeOf } from '../../model/arrivals';
import {
  isItem,
  rowKey,
  type DiagramRow,
  type IDiagram
} from '../../model/diagram';
import { formatBytes, formatTime } from '../../model/format';
import type { Item } from '../../model/messageItems';
import { NodeName } from '../common/NodeName';
import { revealRow } from '../common/revealRow';
import { useTableKeys } from '../common/useTableKeys';
import { ageText, durationText } from '../common/words';
import type { IDrawing } from './Row';
import { lossText, nameOf, untilRead, waitText } from './words';

export interface IMessageTableProps {
  diagram: IDiagram;
  drawing: Omit<IDrawing, 'heightAt'>;
  selected: Item | null;
  onSelect: (item: Item) => void;
  onOpen: () => void;
  following: boolean;
  onFollow: (following: boolean) => void;
}

const ROW_HEIGHT = 24; // px, as in the style sheet

/** The diagram's content in its order, for those who cannot see it. */
export function MessageTable(props: IMessageTableProps): JSX.Element {
  const { diagram, drawing, selected, onSelect, onOpen, following } = props;
  const { trans } = drawing;
  const rows = React.useMemo(
    () => diagram.rows.filter(row => row.kind !== 'idle' || !row.short),
    [diagram]
  );
  const table = React.useRef<HTMLDivElement>(null);
  const list = React.useRef<HTMLElement | null>(null);
  const id = React.useId();
  const [drawn, setDrawn] = React.useState<readonly [number, number]>([0, -1]);

  // Notes can be walked to as well: a selected message does not tell where one is.
  const [note, setNote] = React.useState<string | null>(null);
  const places = React.useMemo(
    () => new Map(rows.map((row, place) => [rowKey(row), place])),
    [rows]
  );
  const activeKey = note ?? (selected === null ? null : rowKey(selected));
  const active = activeKey === null ? -1 : (places.get(activeKey) ?? -1);
  React.useEffect(() => setNote(null), [selected]);
  // The list goes to its first place when it has drawn something; what it is told before then is lost.
  const isDrawn = drawn[1] >= 0;
  React.useEffect(() => {
    if (isDrawn && active >= 0) {
      revealRow(list.current, active, ROW_HEIGHT);
    }
    // Only when another one is active: rows that come must not move a view.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [activeKey, isDrawn]);

  useTableKeys({
    table,
    count: rows.length,
    active,
    first: drawn[0],
    page: Math.max(1, drawn[1] - drawn[0] - 1),
    go: place => {
      const row = rows[place];
      // The active one, too, may have been scrolled away.
      revealRow(list.current, place, ROW_HEIGHT);
      if (row !== undefined && isItem(row)) {
        setNote(null);
        onSelect(row);
      } else if (row !== undefined) {
        setNote(rowKey(row));
        props.onFollow(false);
      }
    },
    open: () => {
      if (note === null) {
        onOpen();
      }
    },
    atEnd: () => props.onFollow(true)
  });
  const onScreen = active >= drawn[0] && active <= drawn[1];
  return (
    <div
      ref={table}
      className="jp-alphamed-Messages-table jp-alphamed-list"
      role="grid"
      tabIndex={0}
      aria-label={trans.__('Messages')}
      aria-rowcount={rows.length + 1}
      aria-activedescendant={onScreen ? `${id}-${active}` : undefined}
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
        scrollerRef={element => {
          list.current = element instanceof HTMLElement ? element : null;
        }}
        role="rowgroup"
        tabIndex={-1}
        className="jp-alphamed-Messages-tableRows"
        totalCount={rows.length}
        fixedItemHeight={ROW_HEIGHT}
        initialTopMostItemIndex={
          following ? { index: 'LAST', align: 'end' } : 0
        }
        followOutput={following}
        rangeChanged={({ startIndex, endIndex }) =>
          setDrawn([startIndex, endIndex])
        }
        itemContent={place => (
          <TableRow
            {...props}
            row={rows[place]}
            id={`${id}-${place}`}
            place={place}
            active={place === active}
          />
        )}
      />
    </div>
  );
}

interface ITableRowProps extends IMessageTableProps {
  row: DiagramRow | undefined;
  id: string;
  place: number;
  active: boolean;
}

function TableRow(props: ITableRowProps): JSX.Element {
  const { row, id, place, active, selected, onSelect, onOpen } = props;
  const common = {
    id,
    role: 'row',
    // From 1, which is the head.
    'aria-rowindex': place + 2,
    'data-active': active
  };
  if (row !== undefined && isItem(row)) {
    return (
      <div
        {...common}
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
    <div {...common} className="jp-alphamed-Messages-tableRow jp-mod-note">
      <span role="gridcell">
        {row === undefined || row.kind === 'idle' ? '' : formatTime(row.at)}
      </span>
      <span role="gridcell" aria-colspan={5}>
        {row === undefined ? '' : noteText(row, props)}
      </span>
    </div>
  );
}

function ItemCells({
  item,
  drawing
}: IMessageTableProps & { item: Item }): JSX.Element {
  const { trans, names, situation } = drawing;
  const size = sizeOf(item);
  const verdict = untilRead(trans, item, arrivalsOf(item, situation));
  const receivers = receiversOf(item);
  return (
    <>
      <span role="gridcell">{formatTime(item.at)}</span>
      <span role="gridcell">
        <NodeName id={item.from} names={names} />
      </span>
      <span role="gridcell">
        <code>{plain(nameOf(trans, item))}</code>
      </span>
      <span role="gridcell" title={receivers.map(safeName).join('\n')}>
        {receivers.map(id => names.short(id)).join(', ')}
      </span>
      <span role="gridcell">{size === null ? '' : formatBytes(size)}</span>
      <span role="gridcell" data-tone={verdict.tone}>
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
        '%1: %2',
        names.short(row.node),
        waitText(trans, row, names, now)
      );
  }
}
