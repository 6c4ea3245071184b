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
import { shortId } from '../model/marks';
import { settings } from '../settings';
import { IFederation } from '../tokens';
import type { IActions } from '../tokens';
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
    federation.changed.connect(() => {
      const { tasks, known } = federation;
      if (!known || tasks === before) {
        return;
      }
      // What happened before this page was there is no news.
      const news = before === null ? [] : newsSince(before, tasks);
      before = tasks;
      for (const one of news) {
        tell(one, actions, trans);
      }
    });
  }
};

function tell(news: INews, actions: IActions, trans: TranslationBundle): void {
  const { task } = news;
  const name = `${task.scheduler} ${shortId(task.task)}`.trim();
  if (news.kind === 'failed') {
    if (settings.notifyFailure) {
      Notification.emit(failureText(news, name, trans), 'error', {
        autoClose: FAILURE_SHOWN,
        actions: [
          {
            label: trans.__('Show traceback'),
            callback: () => actions.showError(task.task)
          }
        ]
      });
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

function failureText(
  { task, count }: INews,
  name: string,
  trans: TranslationBundle
): string {
  const { problem } = task;
  if (count > 1) {
    return problem === null
      ? trans._n('%1 node of %2 failed', '%1 nodes of %2 failed', count, name)
      : trans.__(
          '%1 nodes of %2 failed, the last with %3',
          count,
          name,
          problem.type
        );
  }
  return problem === null
    ? trans.__('A node of %1 is gone', name)
    : trans.__(
        '%1 failed in %2: %3',
        shortId(problem.node),
        name,
        problem.message === ''
          ? problem.type
          : `${problem.type}: ${problem.message}`
      );
}
