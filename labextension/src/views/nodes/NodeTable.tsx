import * as React from 'react';
import { Virtuoso } from 'react-virtuoso';
import type { VirtuosoHandle } from 'react-virtuoso';
import { NodeRow } from './NodeRow';
import type { INodesProps } from '.';

/** A row per node. Of many only those on screen are drawn. */
export function NodeTable(props: INodesProps & { low: boolean }): JSX.Element {
  const { trans, settings, list, low } = props;
  const { rows } = list;
  const virtuoso = React.useRef<VirtuosoHandle>(null);
  const table = React.useRef<HTMLDivElement>(null);
  const place = rows.findIndex(({ node }) => node.node === settings.selected);
  const { selected } = settings;
  React.useEffect(() => {
    if (selected === null || place < 0) {
      return;
    }
    if (low) {
      virtuoso.current?.scrollIntoView({ index: place });
    } else {
      table.current
        ?.querySelector('[aria-selected=true]')
        ?.scrollIntoView({ block: 'nearest' });
    }
    // Only when another one is selected: new states must not move a view.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [selected]);
  const active = place < 0 ? undefined : rowId(rows[place]?.node.node ?? '');
  return (
    <div
      className={`jp-alphamed-Nodes-table${low ? ' jp-mod-low' : ''}`}
      role="grid"
      aria-label={trans.__('Nodes')}
      aria-rowcount={rows.length + 1}
      ref={table}
    >
      <Head {...props} />
      <div
        className="jp-alphamed-Nodes-rows jp-alphamed-list"
        role="rowgroup"
        tabIndex={0}
        aria-activedescendant={active}
      >
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
            ref={virtuoso}
            totalCount={rows.length}
            fixedItemHeight={28}
            overscan={200}
            tabIndex={-1}
            itemContent={index => <Row {...props} index={index} />}
          />
        ) : (
          rows.map((item, index) => (
            <Row key={item.node.node} {...props} index={index} />
          ))
        )}
      </div>
    </div>
  );
}

/** The id of a row's element. */
export function rowId(node: string): string {
  return `jp-alphamed-node-${node}`;
}

function Row(
  props: INodesProps & { low: boolean; index: number }
): JSX.Element | null {
  const item = props.list.rows[props.index];
  return item === undefined ? null : <NodeRow {...props} item={item} />;
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
