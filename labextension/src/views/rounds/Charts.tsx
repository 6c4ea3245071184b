import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { XAxis } from '../../model/curves';
import { formatCount } from '../../model/format';
import type { IMoment } from '../../tokens';
import { SearchIcon } from '../common/icons';
import { Chart } from './Chart';
import { Crosshair } from './crosshair';
import { chartOf, type IChart, type IShownRun, metricNames } from './drawn';
import { useTheme } from './palette';

/** At first no more charts than this. */
const MOST = 12;

export interface IChartsProps {
  runs: readonly IShownRun[];
  axis: XAxis;
  /** All charts, also if there are many. */
  all: boolean;
  trans: TranslationBundle;
  canvases: Map<string, HTMLCanvasElement>;
  onAll: (all: boolean) => void;
  onSave: (chart: IChart, canvas: HTMLCanvasElement) => void;
  onMoment: (moment: IMoment) => void;
}

/** A card per metric. */
export function Charts(props: IChartsProps): JSX.Element | null {
  const { runs, axis, all, trans } = props;
  const [text, setText] = React.useState('');
  const [crosshair] = React.useState(() => new Crosshair());
  const theme = useTheme();
  const names = React.useMemo(() => metricNames(runs), [runs]);
  const wanted = text.trim().toLowerCase();
  const matching = names.filter(name => name.toLowerCase().includes(wanted));
  const shown = all ? matching : matching.slice(0, MOST);
  const key = JSON.stringify(shown);
  const charts = React.useMemo(
    () => shown.map(name => chartOf(name, runs, axis, trans)),
    // The key says which are shown.
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [key, runs, axis, trans]
  );

  // What was pointed at on one axis means nothing on another.
  React.useEffect(() => {
    crosshair.set(null);
  }, [crosshair, axis]);

  if (names.length === 0) {
    return null;
  }
  return (
    <div className="jp-alphamed-Charts">
      {names.length > MOST ? (
        <div className="jp-alphamed-Charts-find">
          <label className="jp-alphamed-Search">
            <SearchIcon />
            <input
              type="search"
              value={text}
              placeholder={trans.__('Find metric')}
              aria-label={trans.__('Find metric')}
              onChange={event => setText(event.target.value)}
            />
          </label>
          <span className="jp-alphamed-secondary">
            {trans.__(
              '%1 of %2 metrics',
              formatCount(shown.length),
              formatCount(names.length)
            )}
          </span>
          {matching.length > MOST ? (
            <button
              type="button"
              className="jp-alphamed-Link"
              onClick={() => props.onAll(!all)}
            >
              {all ? trans.__('Show the first %1', MOST) : trans.__('Show all')}
            </button>
          ) : null}
        </div>
      ) : null}
      <div className="jp-alphamed-Charts-grid">
        {charts.map(chart => (
          <Chart
            key={chart.name}
            chart={chart}
            crosshair={crosshair}
            theme={theme}
            trans={trans}
            canvases={props.canvases}
            onSave={props.onSave}
            onPick={(picked, x) => {
              const moment = momentAt(picked, x);
              if (moment !== null) {
                props.onMoment(moment);
              }
            }}
          />
        ))}
      </div>
      {shown.length === 0 ? (
        <p className="jp-alphamed-Rounds-none">{trans.__('Nothing matches')}</p>
      ) : null}
    </div>
  );
}

/** The moment of the own run's point nearest to x. */
function momentAt(chart: IChart, x: number): IMoment | null {
  let best: IMoment | null = null;
  let distance = Infinity;
  for (const { x: xs, points } of chart.own) {
    xs.forEach((place, index) => {
      const point = points[index];
      if (point !== undefined && Math.abs(place - x) < distance) {
        distance = Math.abs(place - x);
        best = { at: point.at, seq: point.seq };
      }
    });
  }
  return best;
}
