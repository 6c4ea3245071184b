/** Rounds: progress, a bar per node and activity, the curves of one or several runs, a row per round. */

import * as React from 'react';

import type { IRunRef } from '../../model/charts';
import {
  type IMetric,
  isShare,
  MetricBook,
  scoreOf,
  toCsv
} from '../../model/metrics';
import { attemptProgress } from '../../model/attemptProgress';
import { latestAttempt } from '../../model/attempts';
import { roundsOf } from '../../model/rounds';
import { slowNode } from '../../model/slowest';
import { shortId } from '../../model/marks';
import type { IRunState, IViewProps } from '../../tokens';
import { useModel, useNames, useNow } from '../common/hooks';
import { useSaved } from '../common/useSaved';
import { Charts } from './Charts';
import { chipsOf, Compare } from './Compare';
import type { IChart, IShownRun } from './drawn';
import { Gantt } from './Gantt';
import { fileName, pngOf } from './png';
import { RoundTable } from './RoundTable';
import { readSaved, sameRun } from './saved';
import { keyOf, useMetrics, useRunFacts, useTraffic } from './sources';
import { Summary } from './Summary';

export function RoundsView(props: IViewProps): JSX.Element {
  const { model, trans } = props;
  useModel(model);
  const run = model.shown;
  return run === null ? (
    <div className="jp-alphamed-Rounds jp-alphamed-Empty">
      {trans.__('No round yet')}
    </div>
  ) : (
    <RoundsOf {...props} run={run} key={`${run.run} ${run.task}`} />
  );
}

function RoundsOf(props: IViewProps & { run: IRunState }): JSX.Element {
  const { model, actions, trans } = props;
  const now = useNow(model, 500);
  const run = useCalm(props.run, model.asOf);
  const names = useNames(run);
  const [saved, change] = useSaved(model, 'rounds', readSaved);
  const { compare, axis, all } = saved;
  const page = React.useRef<HTMLDivElement>(null);
  const [canvases] = React.useState(() => new Map<string, HTMLCanvasElement>());

  const own = { task: run.task, run: run.run };
  const refs: IRunRef[] = [
    own,
    ...compare.filter(
      ref => !sameRun(ref, own) && model.federation.tasks.has(ref.task)
    )
  ];
  const books = useMetrics(model, refs);
  const facts = useRunFacts(model, refs);
  const traffic = useTraffic(model, run);

  const attempt = latestAttempt(run);
  const progress = attemptProgress(run, now);
  const settled = React.useMemo(() => roundsOf(run, run.at), [run]);
  const rounds = settled.map(round =>
    round.going ? { ...round, duration: Math.max(0, now - round.begin) } : round
  );
  const slow = React.useMemo(() => slowNode(run, run.at), [run]);
  const shown = useShownRuns(refs, books, facts, model.asOf, names.short);
  const metrics = shown.runs[0]?.metrics ?? [];
  const { chips } = shown;
  const problem = [...books.values()].find(book => book.problem !== '');
  const busy =
    rounds.length > 0 ||
    run.members.some(member => member.intervals.length > 0);

  const savePng = (
    pictures: readonly { title: string; canvas: HTMLCanvasElement }[],
    name: string
  ): void => {
    if (page.current !== null && pictures.length > 0) {
      void pngOf(pictures, page.current).then(blob => {
        if (blob !== null) {
          actions.saveFile(fileName(name, 'png'), blob);
        }
      });
    }
  };
  const baseName = `${chips[0]?.name ?? ''}_${shortId(run.task)}`;

  if (!busy && metrics.length === 0) {
    return (
      <div className="jp-alphamed-Rounds jp-alphamed-Empty">
        {trans.__('No round yet')}
      </div>
    );
  }
  return (
    <div className="jp-alphamed-Rounds" ref={page}>
      <Summary
        progress={progress}
        slow={slow}
        score={scoreNumber(metrics)}
        names={names}
        trans={trans}
      />
      <Gantt
        {...{ model, actions, run, rounds, now, names, trans }}
        remaining={progress?.remaining ?? null}
        traffic={traffic?.asOf(model.asOf) ?? null}
      />
      <Compare
        federation={model.federation}
        chips={chips}
        axis={axis}
        some={shown.runs.some(it => it.metrics.length > 0)}
        trans={trans}
        onAdd={ref => change({ compare: [...compare, ref] })}
        onRemove={ref =>
          change({
            compare: compare.filter(other => !sameRun(other, ref))
          })
        }
        onAxis={next => change({ axis: next })}
        onCsv={() => {
          const text = toCsv(
            refs.map((ref, place) => ({
              ...ref,
              metrics: shown.runs[place]?.metrics ?? []
            }))
          );
          actions.saveFile(
            fileName(`${baseName}_metrics`, 'csv'),
            new Blob([text], { type: 'text/csv' })
          );
        }}
        onPng={() =>
          savePng(
            [...canvases].map(([title, canvas]) => ({ title, canvas })),
            `${baseName}_metrics`
          )
        }
      />
      {problem === undefined ? null : (
        <p className="jp-alphamed-Rounds-problem" role="status">
          {trans.__('Older metrics could not be read: %1', problem.problem)}
        </p>
      )}
      <Charts
        runs={shown.runs}
        axis={axis}
        all={all}
        trans={trans}
        canvases={canvases}
        onAll={next => change({ all: next })}
        onSave={(chart: IChart, canvas) =>
          savePng([{ title: chart.name, canvas }], `${baseName}_${chart.name}`)
        }
        onMoment={moment => model.setMoment(moment)}
      />
      {rounds.length === 0 ? (
        <p className="jp-alphamed-Rounds-none">{trans.__('No round yet')}</p>
      ) : (
        <RoundTable
          rounds={rounds}
          metrics={metrics}
          leader={attempt?.leader ?? ''}
          chosen={model.moment?.seq ?? null}
          names={names}
          trans={trans}
          onChoose={round =>
            model.setMoment({ at: round.begin, seq: round.seq })
          }
        />
      )}
    </div>
  );
}

/** Intervals above which a run is looked at every two seconds only. */
const LARGE = 20000;
const CALM_MS = 2000;

/** The run; a large one that goes on changes more rarely than the hub tells. */
function useCalm(run: IRunState, asOf: number | null): IRunState {
  const held = React.useRef({ run, asOf, at: 0, large: false });
  const clock = performance.now();
  const { at, large } = held.current;
  const calm =
    large && run.ended === 0 && held.current.asOf === asOf && asOf === null;
  if (run !== held.current.run && (!calm || clock - at >= CALM_MS)) {
    const size = run.members.reduce(
      (sum, member) => sum + member.intervals.length,
      0
    );
    held.current = { run, asOf, at: clock, large: size > LARGE };
  }
  return held.current.run;
}

const NO_BOOK = new MetricBook();

/** The runs with their metrics as of the number, new only when one of them has changed. */
function useShownRuns(
  refs: readonly IRunRef[],
  books: ReturnType<typeof useMetrics>,
  facts: ReturnType<typeof useRunFacts>,
  asOf: number | null,
  ownShort: (node: string) => string
): { runs: readonly IShownRun[]; chips: ReturnType<typeof chipsOf>['chips'] } {
  const named = refs.map(ref => {
    const fact = facts.get(keyOf(ref)) ?? { scheduler: '', start: 0 };
    const book = books.get(keyOf(ref))?.book ?? NO_BOOK;
    return { ...ref, ...fact, book };
  });
  const key = JSON.stringify([
    asOf,
    ...named.map(it => [
      it.task,
      it.run,
      it.scheduler,
      it.start,
      it.book.version
    ])
  ]);
  return React.useMemo(() => {
    const { chips, labels } = chipsOf(named);
    const runs = named.map((it, place): IShownRun => {
      const metrics = it.book.metrics(asOf);
      return {
        key: keyOf(it),
        label: labels[place] ?? it.task,
        start: it.start || startOf(metrics),
        metrics,
        short: place === 0 ? ownShort : shortId
      };
    });
    return { runs, chips };
    // The key says all that counts.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [key, ownShort]);
}

function startOf(metrics: readonly IMetric[]): number {
  const times = metrics.flatMap(({ series }) =>
    series.flatMap(({ points }) => points.slice(0, 1).map(({ at }) => at))
  );
  return times.length > 0 ? Math.min(...times) : 0;
}

function scoreNumber(
  metrics: readonly IMetric[]
): { value: number; share: boolean; name: string } | null {
  const metric = scoreOf(metrics);
  const points = metric?.series[0]?.points ?? [];
  const last = points[points.length - 1];
  return metric === null || last === undefined
    ? null
    : { value: last.value, share: isShare([metric]), name: metric.name };
}
