/** What the Logs view knows and does, apart from how it looks. */

import * as React from 'react';

import { sameText, scopeOf, type IScope } from '../../model/filters';
import type { ILogRecord } from '../../model/records';
import type { IMoment, IRunModel, IRunState } from '../../tokens';
import { useFederation, useModel } from '../common/hooks';
import type { IListHandle } from './LogList';
import { readReveal, runKey } from './saved';
import type { LogSource } from './data/source';
import { useFilters, type IFilters } from './useFilters';
import { useGoal, type IGoal } from './useGoal';
import { useMoves, type IMoves } from './useMoves';
import { useSeen } from './useSeen';
import { useSource, useWish } from './useSource';

const REVEAL = 'logs.reveal';

export interface ILogs extends Omit<IFilters, 'clear'>, IMoves {
  source: LogSource;
  run: IRunState | null;
  /** The nodes and levels that are shown. */
  scope: IScope;
  key: string;
  cleared: number;
  follow: boolean;
  selected: ILogRecord | null;
  detail: boolean;
  unfolded: ReadonlySet<number>;
  /** The first record on screen; 0: none yet. */
  top: number;
  /** Numbers of the errors of the nodes shown. */
  errors: readonly number[];
  list: React.RefObject<IListHandle>;
  setCleared(seq: number): void;
  setDetail(open: boolean): void;
  select(record: ILogRecord | null, detail?: boolean): void;
  toggle(seq: number, open?: boolean): void;
  reveal(seq: number): void;
  seen(first: number, last: number): void;
}

export function useLogs(model: IRunModel): ILogs {
  useModel(model);
  useFederation(model.federation);
  const source = useSource(model);
  const list = React.useRef<IListHandle>(null);
  const run = model.shown;
  const task = model.task ?? '';
  const number = run?.run ?? 0;
  const key = runKey(task, number);
  const filters = useFilters(model);
  const { saved, levels, setFollow, clearFilters } = filters;
  const [selected, setSelected] = React.useState<ILogRecord | null>(null);
  const [detail, setDetail] = React.useState(false);
  const [unfolded, setUnfolded] = React.useState<ReadonlySet<number>>(
    new Set()
  );
  const ownMoment = React.useRef<IMoment | null>(null);
  const cleared = saved.cleared[key] ?? 0;
  const { follow } = saved;

  // -- what is asked of the source
  const nodes = run === null ? [] : namesIn(run);
  const scope = scopeOf(nodes, model.hidden, levels);
  const wish = useWish(source, {
    task,
    run: number,
    scope,
    text: saved.text,
    cleared,
    asOf: model.asOf
  });
  const place = React.useRef<IGoal | null>(null);
  React.useEffect(() => {
    setSelected(null);
    setUnfolded(new Set());
    place.current = null;
  }, [key]);

  // -- going somewhere
  source.followed = follow;
  const select = (record: ILogRecord | null, open = detail) => {
    setSelected(record);
    setDetail(open && record !== null);
    if (record !== null) {
      setFollow(false);
      const moment = { at: record.at, seq: record.seq };
      ownMoment.current = moment;
      model.setMoment(moment);
    }
  };
  const toggle = (seq: number, open?: boolean) => {
    setUnfolded(old => {
      const next = new Set(old);
      if (open ?? !next.has(seq)) {
        next.add(seq);
      } else {
        next.delete(seq);
      }
      return next;
    });
    setFollow(false);
  };
  const { filter, problem } = source.finder;
  const sought = React.useRef(0);
  const go = useGoal({
    source,
    list,
    run,
    isSettled:
      source.state === 'ready' &&
      (problem !== null || sameText(filter, saved.text)),
    onArrive: record => {
      select(record, detail);
      toggle(record.seq, true);
    },
    onHidden: () => {
      clearFilters();
      if (sought.current <= cleared) {
        filters.clear(key, 0);
      }
    }
  });
  const reveal = (seq: number, kind: 'record' | 'error' = 'record') => {
    setFollow(false);
    sought.current = seq;
    go({ kind, seq, at: 0 });
  };
  // A paused view stays with its records when other filters apply.
  React.useEffect(() => {
    if (!follow && place.current !== null) {
      go(place.current);
    }
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [wish]);

  // From the error path, and from the other views.
  const asked = readReveal(model.saved[REVEAL]);
  const askedKey =
    asked === null ? '' : JSON.stringify([asked.seq, asked.nonce]);
  const done = React.useRef('');
  React.useEffect(() => {
    if (asked !== null && askedKey !== done.current) {
      done.current = askedKey;
      model.save(REVEAL, null);
      reveal(asked.seq, 'error');
    }
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [askedKey]);
  const { moment } = model;
  React.useEffect(() => {
    if (
      moment !== null &&
      moment !== ownMoment.current &&
      !sameMoment(moment, ownMoment.current)
    ) {
      ownMoment.current = moment;
      setFollow(false);
      go({ kind: 'moment', ...moment });
    }
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [moment]);

  const { hidden, asOf } = model;
  const errors = React.useMemo(
    () => (run === null ? [] : errorsIn(run, hidden, cleared, asOf)),
    [run, hidden, cleared, asOf]
  );
  const moves = useMoves({
    source,
    list,
    selected,
    detail,
    errors,
    select,
    reveal
  });

  // -- what is on screen
  const seen = useSeen(model, source, task);
  return {
    ...filters,
    ...moves,
    source,
    run,
    scope,
    key,
    cleared,
    follow,
    selected,
    detail,
    unfolded,
    top: place.current?.seq ?? 0,
    errors,
    list,
    setCleared: seq => filters.clear(key, seq),
    setDetail,
    select,
    toggle,
    reveal,
    seen: (first, last) => {
      const record = source.at(first);
      if (record !== undefined) {
        place.current = { kind: 'place', seq: record.seq, at: record.at };
      }
      source.finder.anchor = follow ? 0 : (record?.seq ?? 0);
      seen(first, last);
    }
  };
}

function namesIn(run: IRunState): string[] {
  return [
    ...new Set([...run.nodes, ...run.members.map(member => member.node)])
  ];
}

function errorsIn(
  run: IRunState,
  hidden: ReadonlySet<string>,
  cleared: number,
  asOf: number | null
): number[] {
  return run.members
    .filter(member => !hidden.has(member.node))
    .flatMap(member => member.errors)
    .filter(seq => seq > cleared && (asOf === null || seq <= asOf))
    .sort((one, other) => one - other);
}

function sameMoment(one: IMoment, other: IMoment | null): boolean {
  return one.at === other?.at && one.seq === other.seq;
}
