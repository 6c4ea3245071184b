import { formatCount } from '../../model/format';
import type { IView } from '../../tokens';
import { MessagesView } from './MessagesView';

export const messages: IView = {
  name: 'messages',
  word: trans => trans.__('Messages'),
  count: ({ events }) => formatCount(events),
  Component: MessagesView
};
