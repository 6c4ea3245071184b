import type { IListedNode, listNodes } from '../../model/nodeList';
import type { IRunState, IViewProps } from '../../tokens';
import type { INames } from '../common/hooks';
import type { useNodeSettings } from './settings';

/** What all parts of the view are given. */
export interface INodesProps extends IViewProps {
  run: IRunState;
  now: number;
  names: INames;
  settings: ReturnType<typeof useNodeSettings>;
  list: ReturnType<typeof listNodes>;
}

/** What the parts that are about one node are given. */
export type IDetailProps = INodesProps & { item: IListedNode };
