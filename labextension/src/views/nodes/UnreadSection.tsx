import * as React from 'react';
import type { EventRow } from '../../hub/protocol';
import { formatBytes, formatCount, formatTime } from '../../model/format';
import { NodeName } from '../common/NodeName';
import { Phrase } from '../common/Phrase';
import { unreadCount } from './stateText';
import type { IDetailProps } from './NodeDetail';

/** How many rows are asked for: what waits is among the newest. */
const LIMIT = 500;
const MOST_SHOWN = 30;

/** Messages that the hub keeps for the node. */
export function UnreadSection(props: IDetailProps): JSX.Element | null {
  const { model, trans, names, item } = props;
  const count = unreadCount(item.node);
  const unread = useUnread(props, count);
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
          {unread.slice(0, MOST_SHOWN).map(row => (
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
                    <NodeName
                      key="from"
                      id={row.node ?? ''}
                      number={names.number(row.node ?? '')}
                      short={names.short(row.node ?? '')}
                    />
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
    </section>
  );
}

function sizeOf(row: EventRow): number {
  const text = JSON.stringify(row.body.contract ?? row.body.message);
  return new TextEncoder().encode(text).length;
}

function useUnread(props: IDetailProps, count: number): EventRow[] {
  const { model, run, item } = props;
  const { api } = model.federation;
  const { task, run: number, number: upto } = run;
  const { node, addressed, messages_in } = item.node;
  const [rows, setRows] = React.useState<EventRow[]>([]);
  const asOf = model.asOf === null ? undefined : upto + 1;
  React.useEffect(() => {
    if (count === 0) {
      setRows([]);
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
      if (live) {
        setRows(
          events.rows.flatMap(row =>
            row.kind === 'event' &&
            row.body.targets.includes(node) &&
            !read.has(row.seq)
              ? [row]
              : []
          )
        );
      }
    };
    ask().catch(() => undefined);
    return () => {
      live = false;
    };
  }, [api, task, number, asOf, node, count, addressed, messages_in]);
  return rows.slice(0, count);
}
