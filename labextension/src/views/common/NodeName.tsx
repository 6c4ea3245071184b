import * as React from 'react';
import { safeName } from '../../model/escaped';
import { markOf } from '../../model/marks';
import type { INames } from './hooks';
import { Mark } from './Mark';

export interface INodeNameProps {
  /** The full id, shown on hover. */
  id: string;
  names: INames;
  bold?: boolean;
  /** Without the mark and without its colour, as in sentences. */
  plain?: boolean;
}

/** Mark and short id of a node. */
export function NodeName(props: INodeNameProps): JSX.Element {
  const { id, names, bold = false, plain = false } = props;
  const number = names.number(id);
  const classes = ['jp-alphamed-NodeName'];
  if (bold) {
    classes.push('jp-mod-bold');
  }
  if (plain) {
    classes.push('jp-mod-plain');
  }
  return (
    <span className={classes.join(' ')} title={safeName(id)}>
      {plain ? null : <Mark number={number} />}
      <span
        className="jp-alphamed-NodeName-id"
        data-node-colour={plain ? undefined : markOf(number).colour}
      >
        {names.short(id)}
      </span>
    </span>
  );
}
