/** What of the tasks is worth a notification. Pure. */

import type { TaskGlance } from '../hub/protocol';
import { failedNodes } from '../model/glance';

export interface INews {
  /** `gone`: nodes are, and none has failed. */
  kind: 'failed' | 'gone' | 'ended';
  task: TaskGlance;
  /** How many nodes failed or are gone since. */
  count: number;
}

type Tasks = ReadonlyMap<string, TaskGlance>;

/** What happened in between. */
export function newsSince(before: Tasks, after: Tasks): INews[] {
  const news: INews[] = [];
  for (const task of after.values()) {
    const known = before.get(task.task);
    if (known === task) {
      continue;
    }
    const sameRun = known !== undefined && known.run === task.run;
    const failed = failedNodes(task);
    const failedBefore = sameRun ? failedNodes(known) : 0;
    if (failed > failedBefore) {
      const said = sameRun ? known.states['failed'] : 0;
      news.push({
        kind: (task.states['failed'] ?? 0) > (said ?? 0) ? 'failed' : 'gone',
        task,
        count: failed - failedBefore
      });
    } else if (!task.live && (!sameRun || known.live) && failed === 0) {
      news.push({ kind: 'ended', task, count: 0 });
    }
  }
  return news;
}
