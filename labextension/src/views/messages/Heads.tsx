import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import type { IColumn, IColumns } from '../../model/columns';
import { statusOf } from '../../model/nodes';
import type { IRunState } from '../../tokens';
import type { INames } from '../common/hooks';
import { NodeName } from '../common/NodeName';
import { StateIcon } from '../common/StateIcon';
import { roleWord, stateWord } from '../common/words';

export interface IHeadsProps {
  columns: IColumns;
  run: IRunState;
  names: INames;
  now: number;
  dim: ReadonlySet<string>;
  trans: TranslationBundle;
}

/** The names above the lifelines. */
export function Heads(props: IHeadsProps): JSX.Element {
  const { columns, trans } = props;
  return (
    <div
      className="jp-alphamed-Messages-heads"
      style={{ width: columns.width }}
    >
      <span className="jp-alphamed-Messages-headTime">{trans.__('Time')}</span>
      {columns.columns.map((column, place) => (
        <Head
          key={column.members[0]?.node ?? place}
          column={column}
          last={place === columns.columns.length - 1}
          {...props}
        />
      ))}
      <span className="jp-alphamed-Messages-headUntil">
        {trans.__('until read')}
      </span>
    </div>
  );
}

interface IHeadProps extends IHeadsProps {
  column: IColumn;
  last: boolean;
}

function Head(props: IHeadProps): JSX.Element | null {
  const { column, last, columns, run, names, now, dim, trans } = props;
  const [member] = column.members;
  if (member === undefined) {
    return null;
  }
  const wide = columns.step >= 172;
  // At the right the column "until read" begins: there the name ends above its line.
  const shift = last && (wide || column.group) ? 76 : wide ? 60 : 46;
  if (column.group) {
    const count = String(column.members.length);
    return (
      <span
        className="jp-alphamed-Messages-nodeHead"
        style={{ left: column.x - shift }}
      >
        <b>
          {column.members.every(({ role }) => role === 'data holder')
            ? trans.__('%1 holders', count)
            : trans.__('%1 nodes', count)}
        </b>
      </span>
    );
  }
  const { name } = statusOf(member, run, now);
  const trouble = name === 'not up' || name === 'gone' || name === 'failed';
  return (
    <span
      className={`jp-alphamed-Messages-nodeHead${dim.has(member.node) ? ' jp-mod-dim' : ''}`}
      style={{ left: column.x - shift }}
    >
      <NodeName id={member.node} names={names} />
      {trouble ? (
        <span className="jp-alphamed-Messages-trouble" data-state={name}>
          <StateIcon state={name} />
          {wide ? stateWord(trans, name) : null}
        </span>
      ) : wide ? (
        <span className="jp-alphamed-Messages-role">
          {roleWord(trans, member.role)}
        </span>
      ) : null}
    </span>
  );
}
