/** What the lanes of the strip are given: they are drawn in one module and laid out in another. */

import type { TranslationBundle } from '@jupyterlab/translation';
import type { IRange } from '../../model/strip';
import type { IRunModel, IRunState } from '../../tokens';
import type { INames } from './hooks';

export interface ILanesProps {
  model: IRunModel;
  run: IRunState;
  names: INames;
  trans: TranslationBundle;
  range: IRange;
  /** A narrower lane head, with the state as an icon alone. */
  small: boolean;
  /** Now, by the hub's clock. */
  clock: number;
  /** Up to when the state of the nodes is known. */
  known: number;
}
