import * as React from 'react';
import { situationOf, type ISituation } from '../../model/arrivals';
import {
  chooseItems,
  type IChoice,
  type ISelection
} from '../../model/messageChoice';
import type { IDiagram } from '../../model/diagram';
import { layOut } from '../../model/layOut';
import { presenceRows, roundRows, waitRows } from '../../model/diagramRows';
import { columnsOf, type IColumns } from '../../model/columns';
import type { IRunModel, IRunState } from '../../tokens';
import type { IBookState } from './useBook';
import type { ISettings } from './settings';

/** Browsers place nothing exactly much further down. */
const MOST_HEIGHT = 8_000_000;
const TIME_ZOOM = 40;

export interface IDiagramState {
  choice: IChoice;
  selection: ISelection;
  situation: ISituation;
  columns: IColumns;
  diagram: IDiagram;
  /** px a second, where the scale is by time. */
  zoom: number;
  /** Filtered out, but drawn since the only node speaks to them. */
  dim: ReadonlySet<string>;
}

interface IOptions {
  model: IRunModel;
  run: IRunState;
  state: IBookState;
  settings: ISettings;
  now: number;
  size: { width: number; height: number };
  picked: ReadonlySet<string>;
}

const NOBODY: ReadonlySet<string> = new Set();

/** What the diagram draws: what is chosen, where it stands, and how. */
export function useDiagram(options: IOptions): IDiagramState {
  const { model, run, state, settings, now, size, picked } = options;
  const { book, version } = state;
  const { asOf, hidden } = model;
  const { members, attempts } = run;

  // The set may be the same object with other members.
  const hiddenKey = [...hidden].sort().join('\0');
  const choice = React.useMemo((): IChoice => {
    const hiddenNodes = new Set(hiddenKey === '' ? [] : hiddenKey.split('\0'));
    const left = members.filter(({ node }) => !hiddenNodes.has(node));
    const [one] = left;
    return {
      control: settings.control,
      streams: settings.streams,
      handshake: settings.handshake,
      unread: settings.unread,
      hiddenTypes: new Set(settings.hiddenTypes),
      hiddenNodes,
      only: left.length === 1 && members.length > 1 ? (one?.node ?? null) : null
    };
  }, [settings, hiddenKey, members]);

  const situation = React.useMemo(
    () => situationOf(run, asOf, now),
    [run, asOf, now]
  );
  const ended = run.ended > 0;
  const stuckKey = [...situation.stuck].join('\0');
  const selection = React.useMemo(
    () => chooseItems(book.items, choice, situation),
    // The book's items change in place; of the situation only these count.
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [book, version, choice, asOf, stuckKey, ended]
  );

  const keepHidden = choice.only !== null;
  const dim = keepHidden ? choice.hiddenNodes : NOBODY;
  const columns = React.useMemo(
    () =>
      columnsOf(
        members,
        { hidden: choice.hiddenNodes, keepHidden, picked },
        size.width
      ),
    [members, choice.hiddenNodes, keepHidden, picked, size.width]
  );

  const live = run.ended === 0 && asOf === null;
  const end = run.ended > 0 ? run.ended : asOf === null ? now : run.at;
  const seconds = Math.max(end - run.started, 0.001);
  const zoom = Math.min(
    settings.timeZoom > 0 ? settings.timeZoom : TIME_ZOOM,
    MOST_HEIGHT / seconds
  );
  const by = settings.by;
  const factor = by === 'events' ? settings.eventsZoom : zoom;
  const rounds = React.useMemo(() => roundRows(attempts), [attempts]);
  const diagram = React.useMemo(
    () =>
      layOut(
        {
          items: selection.items,
          rounds: rounds.filter(({ seq }) => asOf === null || seq <= asOf),
          presences: presenceRows(members),
          waits: run.ended > 0 ? [] : waitRows(members),
          asOf,
          begin: run.started,
          end,
          live
        },
        { by, zoom: factor }
      ),
    [
      selection,
      rounds,
      members,
      asOf,
      run.started,
      run.ended,
      end,
      live,
      by,
      factor
    ]
  );
  return { choice, selection, situation, columns, diagram, zoom, dim };
}
