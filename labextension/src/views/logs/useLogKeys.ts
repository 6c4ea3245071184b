/** The keys of the Logs view. */

import type * as React from 'react';

import { formatDateTime } from '../../model/format';
import { summaryOf, textOf, type ILogRecord } from '../../model/records';
import type { IViewProps } from '../../tokens';
import type { INames } from '../common/hooks';
import { useKeys, type KeyHandlers } from '../common/keys';
import type { ILogs } from './useLogs';

export interface IKeyPlaces {
  box: React.RefObject<HTMLInputElement>;
  names: INames;
  open(record: ILogRecord): void;
}

export function useLogKeys(
  { model, actions }: IViewProps,
  logs: ILogs,
  { box, names, open }: IKeyPlaces
): void {
  const { selected, source, list } = logs;
  const page = () => {
    const [low, high] = list.current?.range() ?? [0, 10];
    return Math.max(1, high - low - 1);
  };
  const foldable = () => selected !== null && summaryOf(selected).foldable;
  const numbered = (digit: number) =>
    logs.run?.members.find(({ node }) => names.number(node) === digit)?.node;
  const handlers: KeyHandlers = {
    up: () => logs.move(-1),
    down: () => logs.move(1),
    'page-up': () => logs.move(-page()),
    'page-down': () => logs.move(page()),
    unfold: () => {
      if (selected !== null && foldable()) {
        logs.toggle(selected.seq, true);
      }
    },
    fold: () => {
      if (selected !== null) {
        logs.toggle(selected.seq, false);
      }
    },
    detail: () => {
      if (selected !== null) {
        logs.setDetail(!logs.detail);
      }
    },
    'open-cell': () => {
      if (selected !== null) {
        open(selected);
      }
    },
    oldest: () => {
      logs.setFollow(false);
      logs.jump(0);
      list.current?.show(0, 'top');
    },
    newest: () => logs.setFollow(true),
    follow: () => logs.setFollow(!logs.follow),
    copy: () => {
      if (selected === null) {
        return false;
      }
      void actions.copy(textOf(selected, formatDateTime));
      return true;
    },
    'next-error': () => logs.step(1),
    'previous-error': () => logs.step(-1),
    'next-match': () => matchOrBox(1),
    'previous-match': () => matchOrBox(-1),
    filter: () => {
      box.current?.focus();
      box.current?.select();
    },
    escape: () => {
      if (logs.detail && selected !== null) {
        logs.setDetail(false);
        return true;
      }
      if (selected !== null) {
        logs.select(null);
        return true;
      }
      return false;
    }
  };
  const matchOrBox = (step: 1 | -1) => {
    if (source.finder.active) {
      logs.match(step);
    } else {
      box.current?.focus();
    }
  };
  for (const digit of [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] as const) {
    handlers[`node-${digit}`] = () => {
      const node = numbered(digit);
      if (node !== undefined) {
        model.toggleNode(node);
      }
    };
    handlers[`only-node-${digit}`] = () => {
      const node = numbered(digit);
      if (node !== undefined) {
        model.soloNode(node);
      }
    };
  }
  useKeys(handlers);
}
