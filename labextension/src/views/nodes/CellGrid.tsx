import * as React from 'react';
import { safeName } from '../../model/escaped';
import type { IListedNode } from '../../model/nodeList';
import { shortState } from '../common/tell';
import type { INodesProps } from './props';

/** Every node as a cell of 12 x 12, in the order of `nodes`, so that a pattern shows. */
export function CellGrid(props: INodesProps): JSX.Element {
  const { trans, names, now, run, settings, list } = props;
  const { filter, text, selected } = settings;
  const listed =
    filter === 'all' && text === ''
      ? null
      : new Set(list.rows.map(item => item.node.node));
  const titleOf = (item: IListedNode) =>
    `${names.number(item.node.node)} · ${safeName(item.node.node)}\n${shortState(trans, item.status, now, run)}`;
  // One listener for all: a thousand of them would be slow to make.
  const [title, setTitle] = React.useState('');
  const at = (event: React.SyntheticEvent): IListedNode | undefined => {
    const target = event.target;
    const place =
      target instanceof HTMLElement ? target.dataset.place : undefined;
    return place === undefined ? undefined : list.all[Number(place)];
  };
  return (
    <div
      className="jp-alphamed-Nodes-grid"
      role="img"
      aria-label={trans.__(
        'The state of every node; the table below tells the same'
      )}
      title={title}
      onMouseOver={event => {
        const item = at(event);
        setTitle(item === undefined ? '' : titleOf(item));
      }}
      onClick={event => {
        const item = at(event);
        if (item !== undefined) {
          settings.select(item.node.node);
        }
      }}
    >
      {list.all.map((item, place) => (
        <Cell
          key={item.node.node}
          place={place}
          state={item.slow !== null ? 'slow' : item.status.name}
          long={item.status.long}
          off={listed !== null && !listed.has(item.node.node)}
          selected={item.node.node === selected}
        />
      ))}
    </div>
  );
}

const Cell = React.memo(function Cell(props: {
  place: number;
  state: string;
  long: boolean;
  off: boolean;
  selected: boolean;
}): JSX.Element {
  const classes = ['jp-alphamed-Nodes-cell'];
  if (props.long) {
    classes.push('jp-mod-long');
  }
  if (props.off) {
    classes.push('jp-mod-off');
  }
  if (props.selected) {
    classes.push('jp-mod-selected');
  }
  return (
    <div
      className={classes.join(' ')}
      data-state={props.state}
      data-place={props.place}
    />
  );
});
