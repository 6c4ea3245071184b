import type { TaskGlance } from '../hub/protocol';

/** The latest task that is going on, else the latest; null: there is none. */
export function latestTask(
  tasks: ReadonlyMap<string, TaskGlance>
): TaskGlance | null {
  let best: TaskGlance | null = null;
  for (const task of tasks.values()) {
    if (
      best === null ||
      (task.live === best.live ? task.started > best.started : task.live)
    ) {
      best = task;
    }
  }
  return best;
}

/** When the one that started last did; 0: there is none. */
export function newestStart(tasks: ReadonlyMap<string, TaskGlance>): number {
  let newest = 0;
  for (const { started } of tasks.values()) {
    newest = Math.max(newest, started);
  }
  return newest;
}
