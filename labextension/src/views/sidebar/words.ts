import type { TranslationBundle } from '@jupyterlab/translation';
import type { NodeView } from '../../hub/protocol';
import type { INodeStatus } from '../../model/nodes';
import { usually } from '../../model/nodeTimes';
import { awaitedBy, awaitsUpdates } from '../../model/waits';
import type { IRunState } from '../../tokens';
import type { INames } from '../common/hooks';
import { durationText, stateWord } from '../common/words';

/** What a node does, short enough for the side bar. */
export function shortState(
  trans: TranslationBundle,
  node: NodeView,
  status: INodeStatus,
  run: IRunState,
  names: INames
): string {
  switch (status.name) {
    case 'waiting':
      return waiting(trans, node, run, names);
    case 'training': {
      const usual = usually(node, 'training');
      return usual === null
        ? stateWord(trans, status.name)
        : trans.__('training, usually %1', durationText(trans, usual));
    }
    case 'failed':
    case 'custom':
      return status.detail === ''
        ? stateWord(trans, status.name)
        : status.detail;
    case 'gone':
      return status.detail === ''
        ? stateWord(trans, status.name)
        : trans.__('gone: %1', status.detail);
    default:
      return stateWord(trans, status.name);
  }
}

function waiting(
  trans: TranslationBundle,
  node: NodeView,
  run: IRunState,
  names: INames
): string {
  const awaited = awaitedBy(node, run);
  const updates = awaitsUpdates(node);
  const [only] = awaited;
  if (only === undefined) {
    return trans.__('waits for messages');
  }
  if (awaited.length === 1) {
    return updates
      ? trans.__('waits for the update of %1', names.short(only))
      : trans.__('waits for %1', names.short(only));
  }
  return updates
    ? trans._n('waits for %1 update', 'waits for %1 updates', awaited.length)
    : trans._n('waits for %1 node', 'waits for %1 nodes', awaited.length);
}
