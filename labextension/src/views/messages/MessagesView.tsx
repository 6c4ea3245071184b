import * as React from 'react';
import { formatCount } from '../../model/format';
import type { IRunState, IViewProps } from '../../tokens';
import { useModel, useNames, useNow, useSize } from '../common/hooks';
import { useKeys } from '../common/keys';
import { useSaved } from '../common/useSaved';
import { Detail } from './Detail';
import { Diagram } from './Diagram';
import { MessageTable } from './MessageTable';
import { NodePicker } from '../common/NodePicker';
import { Toolbar } from './Toolbar';
import { useBook } from './useBook';
import { useDiagram } from './useDiagram';
import { useMessageKeys } from './useMessageKeys';
import { useScroller } from './useScroller';
import { useSharedWindow } from './useSharedWindow';
import { useSelection } from './useSelection';
import { DEFAULTS, settingsFrom } from './settings';

/** The messages of a run as a sequence diagram. */
export function MessagesView(props: IViewProps): JSX.Element {
  const { model, trans } = props;
  useModel(model);
  const run = model.shown;
  return run === null ? (
    <div className="jp-alphamed-Messages">
      <p className="jp-alphamed-Messages-empty">{trans.__('No message yet')}</p>
    </div>
  ) : (
    // Another run is another diagram: nothing of what was selected there counts.
    <RunMessages key={`${run.task} ${run.run}`} {...props} run={run} />
  );
}

const MANY_NODES = 50;

function RunMessages(props: IViewProps & { run: IRunState }): JSX.Element {
  const { model, actions, trans, run } = props;
  const state = useBook(model);
  const [settings, change] = useSaved(model, 'messages', settingsFrom);
  const now = useNow(model);
  const names = useNames(run);
  const main = React.useRef<HTMLDivElement>(null);
  const size = useSize(main);
  const [picked, setPicked] = React.useState<ReadonlySet<string>>(new Set());
  const parts = useDiagram({ model, run, state, settings, now, size, picked });
  const { choice, selection, situation, columns, diagram, zoom } = parts;

  const count = selection.items.length;
  const [pausedAt, setPausedAt] = React.useState<number | null>(null);
  const following = pausedAt === null;
  const setFollowing = (on: boolean): void =>
    setPausedAt(before => (on ? null : (before ?? count)));

  const share = useSharedWindow(model);
  const scroller = useScroller({
    diagram,
    size,
    following: following && !settings.table,
    setFollowing,
    onMoved: () => {
      if (!settings.table && diagram.rows.length > 0) {
        const [top, bottom] = scroller.visible();
        share({ begin: diagram.timeAt(top), end: diagram.timeAt(bottom) });
      }
    }
  });

  const selected = useSelection({
    model,
    selection,
    diagram,
    scroller,
    complete: state.complete && size.height > 0,
    pause: () => setFollowing(false)
  });
  const onZoom = (direction: 1 | -1): void => {
    scroller.hold();
    if (settings.by === 'events') {
      const next = settings.eventsZoom * (direction > 0 ? 1.25 : 0.8);
      change({ eventsZoom: Math.min(Math.max(next, 0.64), 2) });
    } else {
      change({ timeZoom: zoom * (direction > 0 ? 1.5 : 1 / 1.5) });
    }
  };
  const onFit = (): void => {
    if (settings.by === 'events') {
      change({ eventsZoom: 1 });
    } else {
      const end = run.ended > 0 ? run.ended : Math.max(now, run.at);
      const seconds = Math.max(end - run.started, 0.001);
      change({ timeZoom: Math.max(size.height - 90, 100) / seconds });
    }
  };
  useKeys(
    useMessageKeys({
      model,
      actions,
      run,
      selected,
      scroller,
      setFollowing,
      following,
      onZoom,
      onFit
    })
  );

  const { by } = settings;
  const drawing = React.useMemo(
    () => ({ columns, situation, names, now, trans, by }),
    [columns, situation, names, now, trans, by]
  );
  const { counts } = selection;
  return (
    <div className="jp-alphamed-Messages">
      <Toolbar
        settings={settings}
        change={next => {
          scroller.hold();
          change(next);
        }}
        selection={selection}
        ended={run.ended > 0}
        following={following}
        fresh={pausedAt === null ? 0 : Math.max(0, count - pausedAt)}
        onFollow={() => setFollowing(!following)}
        onZoom={onZoom}
        onFit={onFit}
        extra={
          run.members.length > MANY_NODES ? (
            <NodePicker
              members={run.members}
              picked={picked}
              onPick={node => setPicked(toggled(picked, node))}
              names={names}
              trans={trans}
            />
          ) : null
        }
        trans={trans}
      />
      <div className="jp-alphamed-Messages-panes">
        <div ref={main} className="jp-alphamed-Messages-main">
          {size.width === 0 ? null : diagram.rows.length === 0 ||
            (count === 0 && counts.total > 0) ? (
            <Nothing
              {...props}
              complete={state.complete}
              filtered={counts.total > 0}
              clear={() => {
                change({ ...DEFAULTS, by: settings.by, table: settings.table });
                model.showAllNodes();
              }}
            />
          ) : settings.table ? (
            <MessageTable
              diagram={diagram}
              drawing={drawing}
              selected={selected.item}
              onSelect={selected.select}
              onOpen={selected.openDetail}
              following={following}
              onFollow={setFollowing}
            />
          ) : (
            <Diagram
              diagram={diagram}
              book={state.book}
              run={run}
              drawing={drawing}
              scroller={scroller}
              selected={selected.item}
              onSelect={selected.select}
              onOpen={selected.openDetail}
              dim={parts.dim}
              total={count}
            />
          )}
        </div>
        {selected.open && selected.item !== null ? (
          <Detail
            model={model}
            actions={actions}
            trans={trans}
            run={run}
            item={selected.item}
            situation={situation}
            names={names}
            now={now}
            onClose={selected.escape}
          />
        ) : null}
      </div>
      <Foot
        {...props}
        shown={count}
        total={counts.total}
        unread={counts.unread}
        skipped={state.book.skipped}
        hidden={choice.hiddenNodes.size}
      />
    </div>
  );
}

function toggled(set: ReadonlySet<string>, item: string): ReadonlySet<string> {
  const next = new Set(set);
  if (!next.delete(item)) {
    next.add(item);
  }
  return next;
}

interface INothingProps extends IViewProps {
  complete: boolean;
  filtered: boolean;
  clear: () => void;
}

function Nothing(props: INothingProps): JSX.Element | null {
  const { complete, filtered, clear, trans } = props;
  if (filtered) {
    return (
      <p className="jp-alphamed-Messages-empty">
        {trans.__('Nothing matches')}{' '}
        <button type="button" className="jp-alphamed-Link" onClick={clear}>
          {trans.__('Clear filters')}
        </button>
      </p>
    );
  }
  return complete ? (
    <p className="jp-alphamed-Messages-empty">{trans.__('No message yet')}</p>
  ) : (
    <div className="jp-alphamed-Messages-loading" aria-busy="true" />
  );
}

interface IFootProps extends IViewProps {
  run: IRunState;
  shown: number;
  total: number;
  unread: number;
  skipped: number;
  hidden: number;
}

function Foot(props: IFootProps): JSX.Element {
  const { run, shown, total, unread, skipped, hidden, trans } = props;
  const parts = [
    trans.__('%1 of %2 messages shown', formatCount(shown), formatCount(total))
  ];
  if (unread > 0) {
    parts.push(
      run.ended > 0
        ? trans.__('%1 never read', formatCount(unread))
        : trans.__('%1 not read', formatCount(unread))
    );
  }
  if (hidden > 0) {
    parts.push(
      trans._n('%1 node hidden', '%1 nodes hidden', hidden, String(hidden))
    );
  }
  if (skipped > 0) {
    parts.push(
      trans.__('%1 skipped: this page was too slow', formatCount(skipped))
    );
  }
  return (
    <footer className="jp-alphamed-Foot jp-alphamed-Messages-foot">
      {parts.join(' · ')}
    </footer>
  );
}
