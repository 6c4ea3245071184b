/** What the Rounds view reads of the journal beside the fold: scalars of several runs, streams of one. */

import * as React from 'react';

import type { IRunRef } from '../../model/charts';
import { MetricBook } from '../../model/metrics';
import { latestAttempt } from '../../model/attempts';
import { Traffic } from '../../model/traffic';
import type { IRunModel, IRunState } from '../../tokens';
import { RowSource } from './rows';

/** Above this many streams bars do not say what they moved: the rows would be too many. */
const MOST_STREAMS = 60000;

export interface IBook {
  book: MetricBook;
  /** Why older scalars are missing; empty: none are. */
  problem: string;
}

/** The scalars of each run. Renders again whenever one has changed. */
export function useMetrics(
  model: IRunModel,
  runs: readonly IRunRef[]
): ReadonlyMap<string, IBook> {
  const [, changed] = React.useReducer((count: number) => count + 1, 0);
  const kept = React.useRef(new Map<string, IBook & { source: RowSource }>());
  const keys = runs.map(keyOf).join('\n');

  React.useEffect(() => {
    const wanted = new Map(runs.map(run => [keyOf(run), run]));
    for (const [key, { source }] of [...kept.current]) {
      if (!wanted.has(key)) {
        source.dispose();
        kept.current.delete(key);
      }
    }
    for (const [key, { task, run }] of wanted) {
      if (!kept.current.has(key)) {
        const entry: IBook = { book: new MetricBook(), problem: '' };
        const source = new RowSource(
          model,
          { task, run, kinds: ['metric'], after: 0 },
          {
            add: rows => {
              entry.book.add(rows);
              changed();
            },
            clear: () => {
              entry.book.clear();
              changed();
            },
            failed: problem => {
              if (problem !== entry.problem) {
                entry.problem = problem;
                changed();
              }
            }
          }
        );
        kept.current.set(key, Object.assign(entry, { source }));
      }
    }
    changed();
    // The keys say all there is to know of the runs.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [model, keys]);

  React.useEffect(() => {
    const entries = kept.current;
    return () => {
      for (const { source } of entries.values()) {
        source.dispose();
      }
      entries.clear();
    };
  }, [model]);

  return kept.current;
}

/** The data streams of the run that were taken; null: there are too many to count them one by one. */
export function useTraffic(
  model: IRunModel,
  run: IRunState | null
): Traffic | null {
  const [, changed] = React.useReducer((count: number) => count + 1, 0);
  const traffic = React.useRef<Traffic | null>(null);
  const streams = (run?.members ?? []).reduce(
    (sum, member) => sum + member.streams_out,
    0
  );
  const task = run?.task ?? null;
  const number = run?.run ?? 0;
  const after = (run?.seq ?? 1) - 1;
  const wanted = task !== null && streams <= MOST_STREAMS;

  React.useEffect(() => {
    if (!wanted || task === null) {
      traffic.current = null;
      changed();
      return undefined;
    }
    const own = new Traffic();
    traffic.current = own;
    const source = new RowSource(
      model,
      { task, run: number, kinds: ['offer'], after },
      {
        add: rows => {
          own.add(rows);
          changed();
        },
        clear: () => {
          own.clear();
          changed();
        },
        failed: () => undefined
      }
    );
    return () => {
      source.dispose();
    };
  }, [model, task, number, after, wanted]);

  return traffic.current;
}

/** What is known of a run beside its scalars. */
export interface IRunFacts {
  scheduler: string;
  /** When its latest attempt began, seconds since the epoch; 0: not known. */
  start: number;
}

/** Scheduler and start of each run: from what is on screen, from the list of tasks, else asked for once. */
export function useRunFacts(
  model: IRunModel,
  runs: readonly IRunRef[]
): ReadonlyMap<string, IRunFacts> {
  const [asked, setAsked] = React.useState<ReadonlyMap<string, IRunFacts>>(
    new Map()
  );
  const pending = React.useRef(new Set<string>());
  const known = new Map<string, IRunFacts>();
  const missing: IRunRef[] = [];
  for (const ref of runs) {
    const key = keyOf(ref);
    const facts = onScreen(model.live, ref) ?? asked.get(key);
    if (facts !== undefined) {
      known.set(key, facts);
    } else {
      missing.push(ref);
      const glance = model.federation.tasks.get(ref.task);
      const latest = glance?.run === ref.run ? glance : undefined;
      known.set(key, {
        scheduler: glance?.scheduler ?? '',
        start: latest?.started ?? 0
      });
    }
  }
  const question = missing.map(keyOf).join('\n');

  React.useEffect(() => {
    if (!model.visible) {
      return;
    }
    for (const ref of missing) {
      const key = keyOf(ref);
      if (pending.current.has(key)) {
        continue;
      }
      pending.current.add(key);
      model.federation.api.runAsOf(ref.task, ref.run, null).then(
        state => {
          setAsked(before => new Map([...before, [key, factsOf(state)]]));
        },
        () => {
          // The list of tasks has to do.
        }
      );
    }
    // The keys say all there is to know of the missing ones.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [model, question, model.visible]);

  return known;
}

export function keyOf({ task, run }: IRunRef): string {
  return `${run} ${task}`;
}

function onScreen(
  state: IRunState | null,
  ref: IRunRef
): IRunFacts | undefined {
  return state !== null && state.task === ref.task && state.run === ref.run
    ? factsOf(state)
    : undefined;
}

function factsOf(state: IRunState): IRunFacts {
  const attempt = latestAttempt(state);
  const scheduler =
    attempt?.scheduler ||
    state.members.find(member => member.scheduler)?.scheduler;
  return { scheduler: scheduler ?? '', start: attempt?.begin ?? state.started };
}
