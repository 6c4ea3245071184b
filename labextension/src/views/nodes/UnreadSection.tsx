import * as React from 'react';
import { isAway, messageOf } from '../../hub/errors';
import type { EventRow } from '../../hub/protocol';
import { formatBytes, formatCount, formatTime } from '../../model/format';
import { NodeName } from '../common/NodeName';
import { Phrase } from '../common/Phrase';
import { unreadCount } from './stateText';
import type { IDetailProps } from './props';

/** How many rows are asked for: what waits is among the newest. */
const LIMIT = 500;
const MOST_SHOWN = 30;

/** Messages that the hub keeps for the node. */
export function UnreadSection(props: IDetailProps): JSX.Element | null {
  const { model, trans, names, item } = props;
  const count = unreadCount(item.node);
  const { rows, problem } = useUnread(props, count);
  if (count === 0) {
    return null;
  }
  return (
    <section>
      <h4>
        <span>{trans.__('Waiting for it in the hub')}</span>{' '}
        <span className="jp-alphamed-secondary">{formatCount(count)}</span>
      </h4>
      <table className="jp-alphamed-Unread">
        <tbody>
          {rows.slice(0, MOST_SHOWN).map(row => (
            <tr key={row.seq}>
              <td className="jp-alphamed-code">
                <button
                  type="button"
                  className="jp-alphamed-History-time"
                  title={trans.__('Show this moment in Messages')}
                  onClick={() => {
                    model.setMoment({ at: row.at, seq: row.seq });
                    model.setView('messages');
                  }}
                >
                  {row.body.type}
                </button>
              </td>
              <td>
                <Phrase
                  text={trans.__('from %1')}
                  parts={[
                    <NodeName key="from" id={row.node ?? ''} names={names} />
                  ]}
                />
              </td>
              <td className="jp-alphamed-code jp-alphamed-secondary">
                {formatTime(row.at)}
              </td>
              <td className="jp-alphamed-code jp-alphamed-secondary">
                {formatBytes(sizeOf(row))}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {problem === null ? null : (
        <p className="jp-alphamed-code jp-alphamed-NodeDetail-error">
          {trans.__('The hub did not answer: %1', problem)}
        </p>
      )}
    </section>
  );
}

function sizeOf(row: EventRow): number {
  const text = JSON.stringify(row.body.contract ?? row.body.message);
  return new TextEncoder().encode(text).length;
}

interface IUnread {
  rows: EventRow[];
  /** Why they are not known. */
  problem: string | null;
}

const NONE: IUnread = { rows: [], problem: null };

function useUnread(props: IDetailProps, count: number): IUnread {
  const { model, run, item } = props;
  const { api } = model.federation;
  const { task, run: number, number: upto } = run;
  const { node, addressed, messages_in } = item.node;
  const [unread, setUnread] = React.useState(NONE);
  const asOf = model.asOf === null ? undefined : upto + 1;
  React.useEffect(() => {
    if (count === 0) {
      setUnread(NONE);
      return;
    }
    let live = true;
    const question = {
      task,
      run: number,
      before: asOf,
      limit: LIMIT,
      order: 'newest' as const
    };
    const ask = async () => {
      const [events, reads] = await Promise.all([
        api.records({ ...question, kinds: ['event'] }),
        api.records({ ...question, kinds: ['read'], nodes: [node] })
      ]);
      const read = new Set(
        reads.rows.flatMap(row => (row.kind === 'read' ? [row.body.event] : []))
      );
      return events.rows.flatMap(row =>
        row.kind === 'event' &&
        row.body.targets.includes(node) &&
        !read.has(row.seq)
          ? [row]
          : []
      );
    };
    const set = (found: IUnread) => {
      if (live) {
        setUnread(found);
      }
    };
    ask().then(
      rows => set({ rows, problem: null }),
      (error: unknown) => {
        // A hub that cannot be reached is told elsewhere.
        if (!isAway(error)) {
          set({ rows: [], problem: messageOf(error) });
        }
      }
    );
    return () => {
      live = false;
    };
  }, [api, task, number, asOf, node, count, addressed, messages_in]);
  return { ...unread, rows: unread.rows.slice(0, count) };
}
