import { formatCount } from '../../model/format';
import type { IView } from '../../tokens';
import { LogsView } from './LogsView';

export const logs: IView = {
  name: 'logs',
  word: trans => trans.__('Logs'),
  count: ({ logs }) => formatCount(logs),
  unseen: ({ federation }, { task, run }) =>
    federation.tasks.get(task)?.run === run
      ? federation.unseenErrors(task).length
      : 0,
  Component: LogsView
};
