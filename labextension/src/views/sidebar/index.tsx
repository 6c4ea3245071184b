import * as React from 'react';
import type { IViewProps } from '../../tokens';
import { VIEWS } from '../index';
import { useFederation, useModel, useNames, useNow } from '../common/hooks';
import { IconButton } from '../common/IconButton';
import { FederationIcon, OpenIcon } from '../common/icons';
import { Phrase } from '../common/Phrase';
import { ConnectionNote } from './ConnectionNote';
import { LastProblem } from './LastProblem';
import { NodeList } from './NodeList';
import { TaskHead } from './TaskHead';
import { TaskList } from './TaskList';

/** The side bar: one task in short, the last problem, all tasks, and the way to the full view. */
export function Sidebar(props: IViewProps): JSX.Element {
  const { model, actions, trans } = props;
  const { federation } = model;
  useModel(model);
  useFederation(federation);
  const tasks = [...federation.tasks.values()];
  return (
    <div className="jp-alphamed-Sidebar">
      <header className="jp-alphamed-Sidebar-head">
        <FederationIcon size={16} />
        <h2>{trans.__('Federation')}</h2>
        <IconButton
          icon={<OpenIcon size={16} />}
          label={trans.__('Open in the main area')}
          onClick={() => actions.openView(model.task)}
        />
      </header>
      <ConnectionNote federation={federation} trans={trans} />
      <div className="jp-alphamed-Sidebar-body">
        {tasks.length === 0 ? <FirstSteps {...props} /> : <Task {...props} />}
        {tasks.length === 0 ? null : (
          <TaskList
            tasks={tasks}
            selected={model.task}
            trans={trans}
            onSelect={task => model.select(task)}
          />
        )}
      </div>
      {tasks.length === 0 ? null : (
        <footer className="jp-alphamed-Sidebar-foot">
          {VIEWS.map(view => (
            <button
              key={view.name}
              type="button"
              onClick={() => actions.openView(model.task, view.name)}
            >
              {view.word(trans)}
            </button>
          ))}
        </footer>
      )}
    </div>
  );
}

function Task({ model, actions, trans }: IViewProps): JSX.Element | null {
  const run = model.shown;
  const now = useNow(model);
  const names = useNames(run);
  const glance =
    model.task === null ? undefined : model.federation.tasks.get(model.task);
  if (glance === undefined) {
    return null;
  }
  return (
    <>
      <TaskHead glance={glance} run={run} now={now} trans={trans} />
      {run === null ? null : (
        <NodeList
          run={run}
          now={now}
          names={names}
          trans={trans}
          onMore={() => actions.openView(model.task, 'nodes')}
        />
      )}
      <LastProblem
        glance={glance}
        run={run?.run === glance.run ? run : null}
        visible={model.visible}
        names={names}
        federation={model.federation}
        actions={actions}
        trans={trans}
      />
    </>
  );
}

function FirstSteps({ actions, trans }: IViewProps): JSX.Element {
  return (
    <div className="jp-alphamed-Sidebar-empty">
      <FederationIcon size={34} />
      <h3>{trans.__('No node is running')}</h3>
      <p>
        <Phrase
          text={trans.__('Nodes appear here as soon as a cell with %1 runs.')}
          parts={[<code key="magic">%%mock_node</code>]}
        />
      </p>
      <button
        type="button"
        className="jp-alphamed-Sidebar-example"
        onClick={() => {
          void actions.openExample();
        }}
      >
        {trans.__('Open the FedAvg example')}
      </button>
    </div>
  );
}
