import { formatCount } from '../../model/format';
import type { IView } from '../../tokens';
import { NodesView } from './NodesView';

export const nodes: IView = {
  name: 'nodes',
  word: trans => trans.__('Nodes'),
  count: ({ members }) => formatCount(members.length),
  Component: NodesView
};
