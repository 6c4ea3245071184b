import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import type { TaskGlance } from '../../hub/protocol';
import { safeName } from '../../model/escaped';
import { failedNodes } from '../../model/glance';
import { shortId } from '../../model/marks';
import type { StateName } from '../../model/activities';
import { StateIcon } from '../common/StateIcon';

export interface ITaskListProps {
  tasks: readonly TaskGlance[];
  selected: string | null;
  trans: TranslationBundle;
  onSelect: (task: string) => void;
}

/** All tasks, those that go on first, then the latest. */
export function TaskList(props: ITaskListProps): JSX.Element {
  const { tasks, selected, trans, onSelect } = props;
  const sorted = [...tasks].sort(
    (a, b) => Number(b.live) - Number(a.live) || b.started - a.started
  );
  return (
    <section className="jp-alphamed-Sidebar-tasks">
      <h3>
        {trans.__('Tasks')} <span>{tasks.length}</span>
      </h3>
      <ul>
        {sorted.map(task => (
          <li key={task.task}>
            <button
              type="button"
              title={safeName(task.task)}
              aria-current={task.task === selected ? 'true' : undefined}
              onClick={() => onSelect(task.task)}
            >
              <StateIcon state={stateOf(task)} size={12} />
              <span className="jp-alphamed-Sidebar-taskName">
                {task.scheduler || trans.__('Task')}
              </span>
              <code>{shortId(task.task)}</code>
              <span className="jp-alphamed-Sidebar-since">{sumOf(task)}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

function stateOf(task: TaskGlance): StateName {
  if (failedNodes(task) > 0 || task.result === 'failed') {
    return 'failed';
  }
  if (task.live) {
    return 'training';
  }
  return task.result === 'finished' ? 'finished' : 'stopped';
}

/** `5/5 · 95.6%` */
function sumOf(task: TaskGlance): string {
  const parts: string[] = [];
  if (task.max_rounds > 0) {
    parts.push(`${task.round}/${task.max_rounds}`);
  } else if (task.round > 0) {
    parts.push(String(task.round));
  }
  if (task.score !== null && !task.live) {
    const [, value] = task.score;
    parts.push(
      value >= 0 && value <= 1
        ? `${(value * 100).toFixed(1)}%`
        : value.toFixed(1)
    );
  }
  return parts.join(' · ');
}
