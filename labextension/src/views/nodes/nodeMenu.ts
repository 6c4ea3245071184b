import type { NodeView } from '../../hub/protocol';
import { placeOfNode } from '../../model/opening';
import type { IViewProps } from '../../tokens';
import type { MenuEntry } from '../common/Menu';
import { openWord } from '../common/openError';

/** Files of the result folder that schedulers leave. */
const FILES = ['model.pt', 'report.zip'];

/** What can be done with one node. */
export function nodeEntries(props: IViewProps, node: NodeView): MenuEntry[] {
  const { model, actions, trans } = props;
  const { task } = model;
  const foreign = !actions.hasNotebook(node);
  const none = node.state === 'absent' || task === null;
  // Whoever implements the actions tells the user what went wrong.
  const doing = (act: () => Promise<void>) => () => void act();
  const withTask = (act: (task: string) => Promise<void>) =>
    doing(() => (task === null ? Promise.resolve() : act(task)));
  const place = placeOfNode(node);
  const opens = foreign ? null : actions.opens(place);
  return [
    {
      label: openWord(trans, opens ?? 'notebook'),
      disabled: opens === null,
      run: doing(() => actions.open(place))
    },
    'line',
    {
      label: trans.__('Run the notebook'),
      disabled: foreign,
      run: doing(() => actions.runNotebook(node))
    },
    {
      label: trans.__('Interrupt the kernel'),
      disabled: foreign,
      run: doing(() => actions.interrupt(node))
    },
    {
      label: trans.__('Restart the kernel'),
      disabled: foreign,
      run: doing(() => actions.restart([node]))
    },
    'line',
    {
      label: trans.__('Open the result folder'),
      disabled: none,
      run: withTask(id => actions.openResults(id, node))
    },
    ...FILES.map((file): MenuEntry => ({
      label: trans.__('Download %1', file),
      disabled: none,
      run: withTask(id => actions.download(id, node, file))
    })),
    {
      label: trans.__('Copy the TensorBoard command'),
      disabled: none,
      run: withTask(id => actions.copy(actions.tensorboardCommand(id, node)))
    },
    'line',
    {
      label: trans.__('Only this node in Logs'),
      run: () => {
        // Of a node that is alone already, `soloNode` alone would show the others again.
        model.showAllNodes();
        model.soloNode(node.node);
        model.setView('logs');
      }
    },
    {
      label: trans.__('Copy the id'),
      run: doing(() => actions.copy(node.node))
    }
  ];
}
