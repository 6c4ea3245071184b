import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import type { TaskGlance } from '../../hub/protocol';
import { safeName } from '../../model/escaped';
import { formatClock, formatDateTime } from '../../model/format';
import { shortId } from '../../model/marks';
import type { IRunModel } from '../../tokens';
import { ChevronDownIcon, FederationIcon } from './icons';
import type { MenuEntry } from './Menu';
import { MenuButton } from './Menu';

export interface ITaskPickerProps {
  model: IRunModel;
  trans: TranslationBundle;
}

/** The task on screen; opens the list of all tasks and of the earlier runs of this one. */
export function TaskPicker({ model, trans }: ITaskPickerProps): JSX.Element {
  const { task, run } = model;
  const glance = task === null ? undefined : model.federation.tasks.get(task);
  const name = task === null ? trans.__('No task yet') : nameOf(trans, glance);
  return (
    <MenuButton
      className="jp-alphamed-Header-task"
      label={
        task === null ? name : trans.__('Task %1, %2', name, shortId(task))
      }
      title={task === null ? name : safeName(task)}
      entries={() => entriesOf(model, trans)}
    >
      <FederationIcon size={16} />
      <span className="jp-alphamed-Header-name">{name}</span>
      {task === null ? null : (
        <span className="jp-alphamed-Header-id">{shortId(task)}</span>
      )}
      {run === null ? null : (
        <span className="jp-alphamed-secondary">{trans.__('run %1', run)}</span>
      )}
      <ChevronDownIcon size={12} />
    </MenuButton>
  );
}

/** The scheduler's class; a task that has started none is called so. */
function nameOf(
  trans: TranslationBundle,
  glance: TaskGlance | undefined
): string {
  const scheduler = glance?.scheduler ?? '';
  return scheduler === '' ? trans.__('Task') : scheduler;
}

function entriesOf(model: IRunModel, trans: TranslationBundle): MenuEntry[] {
  const tasks = [...model.federation.tasks.values()].sort(
    (a, b) => b.started - a.started
  );
  const entries: MenuEntry[] = [{ title: trans.__('Tasks') }];
  if (tasks.length === 0) {
    entries.push({ label: trans.__('No task yet'), disabled: true, run: noop });
  }
  for (const glance of tasks) {
    entries.push({
      label: (
        <>
          {nameOf(trans, glance)}{' '}
          <span className="jp-alphamed-code jp-alphamed-secondary">
            {shortId(glance.task)}
          </span>
        </>
      ),
      hint: glance.live ? trans.__('live') : formatClock(glance.started),
      checked: glance.task === model.task,
      run: () => model.select(glance.task)
    });
  }
  return [...entries, ...runEntries(model, trans)];
}

/** The runs of the task on screen, the newest first. */
function runEntries(model: IRunModel, trans: TranslationBundle): MenuEntry[] {
  const { task } = model;
  const glance = task === null ? undefined : model.federation.tasks.get(task);
  if (task === null || glance === undefined || glance.runs.length < 2) {
    return [];
  }
  const latest: MenuEntry = {
    label: trans.__('Latest run'),
    hint: formatDateTime(glance.started).slice(0, 19),
    checked: model.run === null,
    run: () => model.select(task)
  };
  const runs = [...glance.runs].reverse().map((run): MenuEntry => ({
    label: trans.__('Run %1', run),
    checked: model.run === run,
    run: () => model.select(task, run)
  }));
  return ['line', { title: trans.__('Runs of this task') }, latest, ...runs];
}

function noop(): void {}
