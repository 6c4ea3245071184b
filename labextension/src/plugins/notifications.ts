import { Notification } from '@jupyterlab/apputils';
import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { Federation } from '../federation/federation';
import { newsSince } from '../federation/news';
import type { INews } from '../federation/news';
import type { TaskGlance } from '../hub/protocol';
import { toldOf } from '../model/failures';
import { shortId } from '../model/marks';
import { settings } from '../settings';
import { IFederation } from '../tokens';
import type { IActions } from '../tokens';
import {
  consequenceText,
  listText,
  whyText
} from '../views/common/failureText';
import { IFederationPanels } from './tokens';

const FAILURE_SHOWN = 10_000; // milliseconds
const END_SHOWN = 5_000;

/** Tells when a node fails and when a task ends. */
export const notificationsPlugin: JupyterFrontEndPlugin<void> = {
  id: 'alphamed_nb:notifications',
  description: 'Notifications of failed nodes and ended tasks.',
  autoStart: true,
  requires: [IFederation, IFederationPanels],
  activate: (
    _app: JupyterFrontEnd,
    federation: Federation,
    { actions, trans }: IFederationPanels
  ): void => {
    let before: ReadonlyMap<string, TaskGlance> | null = null;
    // A failure is told with its consequences, which may come a moment later: one notification for each task.
    const told = new Map<string, string>();
    federation.changed.connect(() => {
      const { tasks, known } = federation;
      if (!known || tasks === before) {
        return;
      }
      // What happened before this page was there is no news.
      const news = before === null ? [] : newsSince(before, tasks);
      before = tasks;
      for (const one of news) {
        tell(one, told, actions, trans);
      }
    });
  }
};

function tell(
  news: INews,
  told: Map<string, string>,
  actions: IActions,
  trans: TranslationBundle
): void {
  const { task } = news;
  const name = `${task.scheduler} ${shortId(task.task)}`.trim();
  if (news.kind !== 'ended') {
    if (settings.notifyFailure) {
      const known = told.get(task.task);
      if (known !== undefined) {
        Notification.dismiss(known);
      }
      const id = Notification.emit(failureText(news, name, trans), 'error', {
        autoClose: FAILURE_SHOWN,
        actions: [
          {
            label: trans.__('Show traceback'),
            callback: () => actions.showError(task.task)
          }
        ]
      });
      told.set(task.task, id);
    }
  } else if (settings.notifyEnd) {
    Notification.emit(
      task.result === 'finished'
        ? trans.__('%1 has finished.', name)
        : trans.__('%1 has stopped.', name),
      task.result === 'finished' ? 'success' : 'info',
      {
        autoClose: END_SHOWN,
        actions: [
          {
            label: trans.__('Open'),
            callback: () => actions.openView(task.task)
          }
        ]
      }
    );
  }
}

/** What broke, the first of it first; nodes that are gone and entailed no failure are merely counted. */
function failureText(
  { task, count, kind }: INews,
  name: string,
  trans: TranslationBundle
): string {
  const told = toldOf(task.problem?.failures ?? []);
  if (kind === 'gone' || told === null) {
    return trans._n(
      'A node of %2 is gone',
      '%1 nodes of %2 are gone',
      count,
      name
    );
  }
  const { first } = told;
  const entailed = consequenceText(trans, told, shortId);
  // There is little room: where more is to be told, the error's type and place are enough of it.
  const brief = entailed !== '' && first.place !== '';
  const why = whyText(trans, brief ? { ...first, message: '' } : first);
  const nodes = listText(trans, first, shortId);
  const broke = first.gone
    ? trans.__('%1 gone in %2: %3', nodes, name, why)
    : trans.__('%1 failed in %2: %3', nodes, name, why);
  return entailed === '' ? broke : trans.__('%1 · %2', broke, entailed);
}
