import * as React from 'react';
import { safeName } from '../../model/escaped';
import { formatBytes, formatClock, formatDateTime } from '../../model/format';
import { shortId } from '../../model/marks';
import { causeOf } from '../../model/nodes';
import { CodeLine } from '../common/CodeLine';
import { Fields } from '../common/Fields';
import { NodeName } from '../common/NodeName';
import { Pane } from '../common/Pane';
import { Phrase } from '../common/Phrase';
import { StateIcon } from '../common/StateIcon';
import { causeText, durationText, roleWord, stateWord } from '../common/words';
import { ErrorSection } from './ErrorSection';
import { UnreadSection } from './UnreadSection';
import type { IDetailProps } from './props';

/** What is known of the selected node. */
export function NodeDetail(props: IDetailProps): JSX.Element {
  const { trans, names, settings, item } = props;
  const { node, status } = item;
  const down = node.state !== 'up';
  return (
    <Pane
      className="jp-alphamed-NodeDetail"
      label={trans.__('Node %1', node.node)}
      title={
        <>
          <NodeName id={node.node} names={names} />
          {names.short(node.node) === safeName(node.node) ? null : (
            <span className="jp-alphamed-code jp-alphamed-NodeDetail-id">
              {safeName(node.node)}
            </span>
          )}
        </>
      }
      closeLabel={trans.__('Close')}
      onClose={() => settings.select(null)}
    >
      {node.errors.length > 0 || node.failure !== null ? (
        <ErrorSection {...props} />
      ) : null}
      {down && status.name !== 'finished' ? <HowToStart {...props} /> : null}
      <UnreadSection {...props} />
      {node.state === 'absent' ? null : (
        <>
          <Facts {...props} />
          <History {...props} />
        </>
      )}
    </Pane>
  );
}

function HowToStart(props: IDetailProps): JSX.Element {
  const { actions, trans, run, item } = props;
  const { node } = item;
  const task = (
    <span key="task" className="jp-alphamed-code" title={safeName(run.task)}>
      {shortId(run.task)}
    </span>
  );
  const text =
    node.state === 'absent'
      ? trans.__(
          'Nothing with this id has run in task %1. To start it, run a cell that begins with:'
        )
      : trans.__(
          'It is not running in task %1. To start it again, run a cell that begins with:'
        );
  return (
    <section aria-label={trans.__('How to start it')}>
      <p>
        <Phrase text={text} parts={[task]} />
      </p>
      <CodeLine
        code={`%%mock_node --id ${quoted(node.node)} --nodes nodes`}
        actions={actions}
        trans={trans}
      />
    </section>
  );
}

/** As a line magic reads it: an id with a blank is one word in quotes. */
function quoted(id: string): string {
  return /^[\w.:@-]+$/.test(id) ? id : `"${id.replace(/(["\\])/g, '\\$1')}"`;
}

function Facts(props: IDetailProps): JSX.Element {
  const { trans, run, item } = props;
  const { node } = item;
  const rows: [string, React.ReactNode][] = [];
  const code = (text: string | number) => (
    <span className="jp-alphamed-code">{text}</span>
  );
  if (node.role !== '') {
    rows.push([trans.__('Role'), roleWord(trans, node.role)]);
  }
  if (node.scheduler !== '') {
    rows.push([trans.__('Scheduler'), code(node.scheduler)]);
  }
  rows.push([trans.__('Started'), code(formatDateTime(node.since))]);
  if (node.ended > 0) {
    const cause = causeText(trans, causeOf(node));
    rows.push([
      trans.__('Ended'),
      <>
        {code(formatDateTime(node.ended))} {cause}
      </>
    ]);
  }
  if (node.notebook !== '') {
    rows.push([trans.__('Notebook'), code(node.notebook)]);
  }
  if (node.pid > 0) {
    rows.push([trans.__('Process'), code(trans.__('pid %1', node.pid))]);
  }
  const memory = run.memory[node.node];
  if (memory !== undefined) {
    rows.push([trans.__('Memory'), formatBytes(memory)]);
  }
  if (node.lost) {
    rows.push([
      trans.__('Link'),
      trans.__('lost, it may come back within 10 s')
    ]);
  }
  const other = differs(node.nodes, run.nodes);
  if (other && node.state === 'up') {
    rows.push([
      trans.__('Problem'),
      trans.__('It came with another list of nodes than the task has.')
    ]);
  }
  return <Fields rows={rows} />;
}

function differs(own: readonly string[], task: readonly string[]): boolean {
  if (own.length === 0) {
    return false;
  }
  const known = new Set(task);
  return own.length !== known.size || own.some(id => !known.has(id));
}

const MOST_HISTORY = 40;

/** What it did, the newest first. */
function History(props: IDetailProps): JSX.Element | null {
  const { model, trans, now, item } = props;
  const { intervals } = item.node;
  if (intervals.length === 0) {
    return null;
  }
  const shown = intervals.slice(-MOST_HISTORY).reverse();
  return (
    <section>
      <h4>{trans.__('History')}</h4>
      <table className="jp-alphamed-History">
        <tbody>
          {shown.map(([activity, detail, round, begin, end, seq]) => (
            <tr key={`${seq} ${begin}`}>
              <td>
                <button
                  type="button"
                  className="jp-alphamed-History-time"
                  title={trans.__('Show this moment in all views')}
                  onClick={() => model.setMoment({ at: begin, seq })}
                >
                  {formatClock(begin)}
                </button>
              </td>
              <td>
                <StateIcon state={activity} size={12} />{' '}
                {activity === 'custom' ? detail : stateWord(trans, activity)}
              </td>
              <td className="jp-alphamed-secondary">
                {activity === 'custom' ? '' : detail}
              </td>
              <td>{round === 0 ? '' : trans.__('round %1', round)}</td>
              <td className="jp-alphamed-History-long">
                {durationText(trans, (end || now) - begin)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
