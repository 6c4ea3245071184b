/** What the Logs view knows and does, apart from how it looks. */

import * as React from 'react';

import {
  sameText,
  scopeKey,
  scopeOf,
  NO_TEXT,
  type ITextFilter
} from '../../model/filters';
import { LEVELS, type ILogRecord } from '../../model/records';
import { neighbour } from '../../model/search';
import type { IMoment, IRunModel, IRunState, LevelName } from '../../tokens';
import { useFederation, useModel } from '../common/hooks';
import type { IListHandle } from './LogList';
import {
  readReveal,
  readSaved,
  runKey,
  withCleared,
  type ISavedLogs
} from './saved';
import { LogSource } from './source';
import { useGoal, type IGoal } from './useGoal';
import { useSeen } from './useSeen';

export const SAVED = 'logs';
export const REVEAL = 'logs.reveal';

export interface ILogs {
  source: LogSource;
  run: IRunState | null;
  saved: ISavedLogs;
  levels: ReadonlySet<LevelName>;
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
  setFilter(text: ITextFilter): void;
  setLevel(level: LevelName, only: boolean): void;
  clearFilters(): void;
  setFollow(follow: boolean): void;
  setCleared(seq: number): void;
  setDetail(open: boolean): void;
  select(record: ILogRecord | null, detail?: boolean): void;
  toggle(seq: number, open?: boolean): void;
  move(step: number): void;
  jump(index: number): void;
  reveal(seq: number): void;
  step(errors: 1 | -1): void;
  match(step: 1 | -1): void;
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
  const [saved, setSaved] = React.useState(() => readSaved(model.saved[SAVED]));
  const [selected, setSelected] = React.useState<ILogRecord | null>(null);
  const [detail, setDetail] = React.useState(false);
  const [unfolded, setUnfolded] = React.useState<ReadonlySet<number>>(
    new Set()
  );
  const ownMoment = React.useRef<IMoment | null>(null);
  const cleared = saved.cleared[key] ?? 0;
  const { follow } = saved;

  // Several changes may come before the next rendering.
  const latest = React.useRef(saved);
  const change = (part: Partial<ISavedLogs>) => {
    latest.current = { ...latest.current, ...part };
    setSaved(latest.current);
    model.save(SAVED, latest.current);
  };
  const levels = React.useMemo(() => new Set(saved.levels), [saved.levels]);

  // -- what is asked of the source
  const nodes = run === null ? [] : namesIn(run);
  const scope = scopeOf(nodes, model.hidden, levels);
  const wish = JSON.stringify([
    key,
    scopeKey(scope),
    saved.text,
    cleared,
    model.asOf
  ]);
  React.useEffect(() => {
    if (number > 0) {
      source.ask({
        task,
        run: number,
        scope,
        text: saved.text,
        cleared,
        asOf: model.asOf
      });
    }
    // `wish` holds all of it.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [source, wish]);
  const place = React.useRef<IGoal | null>(null);
  React.useEffect(() => {
    setSelected(null);
    setUnfolded(new Set());
    place.current = null;
  }, [key]);

  const { state } = model.federation.connection;
  React.useEffect(() => {
    if (state === 'open') {
      source.retry();
    }
  }, [source, state]);

  // -- going somewhere
  const setFollow = (on: boolean) => {
    if (on !== latest.current.follow) {
      change({ follow: on });
    }
  };
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
  const clearFilters = () => {
    change({ text: NO_TEXT, levels: LEVELS });
    model.showAllNodes();
  };
  const { filter, problem } = source.finder;
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
    onHidden: clearFilters
  });
  const reveal = (seq: number, kind: 'record' | 'error' = 'record') => {
    setFollow(false);
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

  // -- small moves
  const indexOfSelected = () =>
    selected === null ? null : source.indexOf(selected.seq);
  const jump = (index: number) => {
    const to = Math.min(Math.max(0, index), source.count - 1);
    const record = source.at(to);
    list.current?.show(to);
    if (record !== undefined) {
      select(record);
    }
  };
  const move = (step: number) => {
    const at = indexOfSelected();
    const [low, high] = list.current?.range() ?? [0, 0];
    jump(at === null ? (step > 0 ? low : high) : at + step);
  };
  const errors =
    run === null ? [] : errorsIn(run, model.hidden, cleared, model.asOf);
  const step = (by: 1 | -1) => {
    const [low] = list.current?.range() ?? [0, 0];
    const from = selected?.seq ?? source.at(low)?.seq ?? 0;
    const next = neighbour(errors, from, by);
    if (next !== null) {
      reveal(next);
    }
  };
  const match = (by: 1 | -1) => {
    if (source.finder.active && source.count > 0) {
      const at = indexOfSelected();
      const next = at === null ? (by > 0 ? 0 : -1) : at + by;
      jump((next + source.count) % source.count);
    }
  };

  // The pane takes its place from the list.
  React.useEffect(() => {
    const at = detail ? indexOfSelected() : null;
    const frame = requestAnimationFrame(() => {
      if (at !== null) {
        list.current?.show(at);
      }
    });
    return () => cancelAnimationFrame(frame);
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [detail]);

  // -- what is on screen
  const seen = useSeen(model, source, task);
  return {
    source,
    run,
    saved,
    levels,
    key,
    cleared,
    follow,
    selected,
    detail,
    unfolded,
    top: place.current?.seq ?? 0,
    errors,
    list,
    setFilter: text => {
      if (!sameText(text, saved.text) || text.text === '') {
        change({ text });
      }
    },
    setLevel: (level, only) => {
      const all = LEVELS.every(name => (name === level) === levels.has(name));
      const next = LEVELS.filter(name =>
        only ? all || name === level : levels.has(name) !== (name === level)
      );
      change({ levels: next });
    },
    clearFilters,
    setFollow,
    setCleared: seq => change(withCleared(latest.current, key, seq)),
    setDetail,
    select,
    toggle,
    move,
    jump,
    reveal,
    step,
    match,
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

/** One source for each model, drawn again when it changes. */
function useSource(model: IRunModel): LogSource {
  const held = React.useRef<LogSource | null>(null);
  if (held.current === null || held.current.isDisposed) {
    held.current = new LogSource(model);
  }
  const source = held.current;
  React.useSyncExternalStore(source.subscribe, source.version);
  React.useEffect(() => () => source.dispose(), [source]);
  return source;
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
