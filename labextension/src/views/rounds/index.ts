import { progressOf } from '../../model/progress';
import type { IView } from '../../tokens';
import { RoundsView } from './RoundsView';

export const rounds: IView = {
  name: 'rounds',
  word: trans => trans.__('Rounds'),
  count: run => {
    const { round, of } = progressOf(run, run.at);
    return of > 0 ? `${round}/${of}` : round > 0 ? String(round) : '';
  },
  Component: RoundsView
};
