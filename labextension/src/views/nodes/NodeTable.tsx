import * as React from 'react';
import { Virtuoso } from 'react-virtuoso';
import type { IListedNode } from '../../model/nodeList';
import { revealRow } from '../common/revealRow';
import { NodeRow } from './NodeRow';
import type { INodesProps } from './props';

const LOW_HEIGHT = 28; // px, as in the style sheet

/** A row per node. Of many only those on screen are drawn. */
export function NodeTable(props: INodesProps & { low: boolean }): JSX.Element {
  const { trans, settings, list, low } = props;
  const { rows } = list;
  const drawnRows = React.useRef<HTMLElement | null>(null);
  const table = React.useRef<HTMLDivElement>(null);
  const place = rows.findIndex(({ node }) => node.node === settings.selected);
  const { selected } = settings;
  React.useEffect(() => {
    if (selected === null || place < 0) {
      return;
    }
    if (low) {
      revealRow(drawnRows.current, place, LOW_HEIGHT);
    } else {
      table.current
        ?.querySelector('[aria-selected=true]')
        ?.scrollIntoView({ block: 'nearest' });
    }
    // Only when another one is selected: new states must not move a view.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [selected]);
  // An id of an element has no blanks, which one of a node may have; and another view may show the same node.
  const prefix = React.useId();
  const rowId = (item: IListedNode) =>
    `${prefix}${props.names.number(item.node.node)}`;
  // Of low rows only those on screen are there to be named.
  const [drawn, setDrawn] = React.useState<readonly [number, number]>([0, -1]);
  const there = !low || (place >= drawn[0] && place <= drawn[1]);
  const chosen = there ? rows[place] : undefined;
  return (
    <div
      className={`jp-alphamed-Nodes-table jp-alphamed-list${low ? ' jp-mod-low' : ''}`}
      role="grid"
      tabIndex={0}
      aria-label={trans.__('Nodes')}
      aria-rowcount={rows.length + 1}
      aria-activedescendant={chosen === undefined ? undefined : rowId(chosen)}
      ref={table}
    >
      <Head {...props} />
      <div className="jp-alphamed-Nodes-rows" role="rowgroup">
        {rows.length === 0 ? (
          <div className="jp-alphamed-Nodes-none">
            {trans.__('Nothing matches')}{' '}
            <button
              type="button"
              className="jp-alphamed-Link"
              onClick={() => {
                settings.setFilter('all');
                settings.setText('');
              }}
            >
              {trans.__('Clear filters')}
            </button>
          </div>
        ) : low ? (
          <Virtuoso
            scrollerRef={element => {
              drawnRows.current =
                element instanceof HTMLElement ? element : null;
            }}
            totalCount={rows.length}
            fixedItemHeight={LOW_HEIGHT}
            overscan={200}
            rangeChanged={({ startIndex, endIndex }) =>
              setDrawn([startIndex, endIndex])
            }
            tabIndex={-1}
            itemContent={index => (
              <Row {...props} rowId={rowId} index={index} />
            )}
          />
        ) : (
          rows.map((item, index) => (
            <Row key={item.node.node} {...props} rowId={rowId} index={index} />
          ))
        )}
      </div>
    </div>
  );
}

function Row(
  props: INodesProps & {
    low: boolean;
    index: number;
    rowId: (item: IListedNode) => string;
  }
): JSX.Element | null {
  const item = props.list.rows[props.index];
  return item === undefined ? null : (
    <NodeRow {...props} item={item} id={props.rowId(item)} />
  );
}

function Head({ trans }: INodesProps): JSX.Element {
  return (
    <div className="jp-alphamed-Nodes-head" role="row" aria-rowindex={1}>
      <span role="columnheader">{trans.__('Node')}</span>
      <span role="columnheader">{trans.__('Role')}</span>
      <span role="columnheader">{trans.__('State')}</span>
      <span role="columnheader" data-column="round">
        {trans.__('Round')}
      </span>
      <span role="columnheader" data-column="messages">
        {trans.__('Messages in / out')}
      </span>
      <span role="columnheader" data-column="bytes">
        {trans.__('Bytes in / out')}
      </span>
      <span role="columnheader" data-column="memory">
        {trans.__('Memory')}
      </span>
      <span role="columnheader" data-column="notebook">
        {trans.__('Notebook')}
      </span>
      <span />
    </div>
  );
}
