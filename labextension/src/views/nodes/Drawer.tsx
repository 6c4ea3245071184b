import * as React from 'react';
import type { IListedNode } from '../../model/nodeList';
import type { IWaitChain } from '../../model/waits';
import { ChainDrawing } from './ChainDrawing';
import { NodeDetail } from './NodeDetail';
import type { INodesProps } from './props';

/** Below the rows: who waits for whom, and the selected node. */
export function Drawer(
  props: INodesProps & {
    /** Null: nobody waits. */
    chain: IWaitChain | null;
    selected: IListedNode | null;
  }
): JSX.Element {
  const { chain, selected } = props;
  return (
    <div className="jp-alphamed-Drawer">
      {chain === null ? null : <ChainDrawing {...props} chain={chain} />}
      {selected === null ? null : (
        <NodeDetail key={selected.node.node} {...props} item={selected} />
      )}
    </div>
  );
}
