/** The Logs view: one merged stream of all nodes' records, in the order of the hub's numbers. */

import * as React from 'react';

import type { Frame } from '../../hub/protocol';
import { isEmptyScope, levelCounts, scopeOf } from '../../model/filters';
import { formatClock, formatCount } from '../../model/format';
import { placeOfFrame, placeOfRecord } from '../../model/opening';
import { errorKey, type ILogRecord } from '../../model/records';
import type { IViewProps } from '../../tokens';
import { useNames, useSize } from '../common/hooks';
import { DownIcon, PlugIcon } from '../common/icons';
import { bandsOf } from './bands';
import { ErrorMarks } from './ErrorMarks';
import { FilterBar } from './FilterBar';
import { Foot } from './Foot';
import { LogList } from './LogList';
import { NodesBox } from './NodesBox';
import { RecordDetail } from './RecordDetail';
import { useExport } from './useExport';
import { useLogKeys } from './useLogKeys';
import { useLogs, type ILogs } from './useLogs';

/** Narrower, the detail pane goes below the list; narrower still, columns go. */
const NARROW = 900;
const SMALL = 600;

export function LogsView(props: IViewProps): JSX.Element {
  const { model, actions, trans } = props;
  const logs = useLogs(model);
  const { source, run, selected, list } = logs;
  const names = useNames(run);
  const box = React.useRef<HTMLInputElement>(null);
  const whole = React.useRef<HTMLDivElement>(null);
  const { width } = useSize(whole);
  const exporting = useExport(props, logs);
  const members = React.useMemo(() => run?.members ?? [], [run]);
  const bands = React.useMemo(() => (run === null ? [] : bandsOf(run)), [run]);

  useLogKeys(props, logs, {
    box,
    names,
    open: ({ body }) => void actions.open(placeOfRecord(body))
  });
  const rowActions = useStable({
    select: (record: ILogRecord) => logs.select(record, true),
    toggle: (seq: number) => logs.toggle(seq),
    open: ({ body }: ILogRecord, frame: Frame) =>
      void actions.open(placeOfFrame(body, frame))
  });
  const errorAt = useStable({ reveal: (seq: number) => logs.reveal(seq) });

  if (run === null || model.task === null) {
    return <div className="jp-alphamed-Logs" ref={whole} />;
  }
  const { connection } = model.federation;
  const lost = connection.state === 'lost' && (
    <div className="jp-alphamed-Logs-lost" role="presentation">
      <PlugIcon />
      {trans.__(
        'connection lost at %1: the view resumes after record %2, nothing is skipped',
        formatClock(connection.since),
        formatCount(source.upto)
      )}
    </div>
  );
  const showsMarks = !source.finder.active && source.count > 0;
  return (
    <div
      className="jp-alphamed-Logs"
      ref={whole}
      data-width={
        width === 0 || width >= NARROW
          ? 'wide'
          : width >= SMALL
            ? 'narrow'
            : 'small'
      }
    >
      <FilterBar
        filter={logs.saved.text}
        problem={source.finder.problem}
        onFilter={logs.setFilter}
        onMatch={logs.match}
        onLeave={() => list.current?.focus()}
        box={box}
        nodes={<NodesBox {...props} run={run} names={names} />}
        levels={logs.levels}
        counts={levelCounts(members, model.hidden)}
        onLevel={logs.setLevel}
        errors={logs.errors.length}
        error={selected === null ? 0 : logs.errors.indexOf(selected.seq) + 1}
        onError={logs.step}
        follow={logs.follow}
        onFollow={() => logs.setFollow(!logs.follow)}
        cleared={logs.cleared > 0}
        onClear={() => logs.setCleared(logs.cleared > 0 ? 0 : source.upto)}
        onExport={exporting.start}
        trans={trans}
      />
      <div className="jp-alphamed-Logs-body">
        <div className="jp-alphamed-Logs-main">
          <div className="jp-alphamed-Logs-head" aria-hidden="true">
            <span />
            <span>{trans.__('Time')}</span>
            <span>{trans.__('Node')}</span>
            <span>{trans.__('Level')}</span>
            <span>{trans.__('Source')}</span>
            <span>{trans.__('Text')}</span>
          </div>
          {source.fault !== null && (
            <div className="jp-alphamed-Logs-fault" role="alert">
              {trans.__('Records could not be shown: %1', source.fault)}
              <button
                type="button"
                className="jp-alphamed-Button"
                onClick={() => source.retry()}
              >
                {trans.__('Try again')}
              </button>
            </div>
          )}
          <div className="jp-alphamed-Logs-rows">
            {source.count > 0 ? (
              <LogList
                key={`${logs.key} ${logs.cleared} ${source.finder.active}`}
                ref={list}
                source={source}
                bands={bands}
                follow={logs.follow}
                onPause={() => logs.setFollow(false)}
                onResume={() => logs.setFollow(true)}
                onRange={logs.seen}
                top={logs.top}
                selected={selected?.seq ?? null}
                unfolded={logs.unfolded}
                names={names}
                actions={rowActions}
                foot={lost}
                trans={trans}
              />
            ) : (
              <Nothing {...props} logs={logs} />
            )}
            {showsMarks && (
              <ErrorMarks
                errors={logs.errors}
                first={Math.max(run.seq, logs.cleared)}
                last={source.upto}
                onError={errorAt.reveal}
              />
            )}
            {!logs.follow && source.fresh > 0 && (
              <button
                type="button"
                className="jp-alphamed-Logs-new"
                onClick={() => logs.setFollow(true)}
              >
                <DownIcon /> {trans.__('%1 new', formatCount(source.fresh))}
              </button>
            )}
          </div>
        </div>
        {logs.detail && selected !== null && (
          <RecordDetail
            record={selected}
            run={run}
            member={members.find(({ node }) => node === selected.node) ?? null}
            same={sameErrors(logs, selected)}
            names={names}
            onClose={() => {
              logs.setDetail(false);
              list.current?.focus();
            }}
            opens={place => actions.opens(place)}
            onOpen={place => void actions.open(place)}
            onReveal={logs.reveal}
            onCopy={text => void actions.copy(text)}
            onMessages={() => {
              model.setMoment({ at: selected.at, seq: selected.seq });
              model.setView('messages');
            }}
            onAsOf={() => model.setAsOf(selected.seq)}
            trans={trans}
          />
        )}
      </div>
      <Foot
        shown={source.count}
        loaded={source.loaded}
        stored={run.logs}
        dropped={run.dropped}
        search={source.finder.active ? source.finder.search : null}
        exported={exporting.progress}
        onSearch={() => void source.finder.searchHub()}
        onStopSearch={() => source.finder.stop()}
        onStopExport={exporting.stop}
        trans={trans}
      />
    </div>
  );
}

/** No row at all: nothing was logged, everything was filtered out, or it is on its way. */
function Nothing(props: IViewProps & { logs: ILogs }): JSX.Element {
  const { model, trans, logs } = props;
  const { source, run } = logs;
  const late = useLate(source.state === 'loading', 150);
  if (source.state === 'loading') {
    return (
      <div className="jp-alphamed-Logs-empty" aria-busy="true">
        {late && <div className="jp-alphamed-Logs-greys" />}
      </div>
    );
  }
  if (source.state === 'failed') {
    return (
      <div className="jp-alphamed-Logs-empty" role="status">
        {trans.__('The hub did not answer: %1', source.message)}
      </div>
    );
  }
  const filtered =
    (run?.logs ?? 0) > 0 &&
    (logs.saved.text.text !== '' ||
      isEmptyScope(scopeOf(['x'], new Set(), logs.levels)) ||
      logs.levels.size < 4 ||
      model.hidden.size > 0);
  if (!filtered && logs.cleared > 0) {
    return (
      <div className="jp-alphamed-Logs-empty jp-alphamed-list" tabIndex={0}>
        {trans.__('Nothing new since the view was cleared')}
        <button
          type="button"
          className="jp-alphamed-Button"
          onClick={() => logs.setCleared(0)}
        >
          {trans.__('Undo clear')}
        </button>
      </div>
    );
  }
  return (
    <div className="jp-alphamed-Logs-empty jp-alphamed-list" tabIndex={0}>
      {filtered ? trans.__('Nothing matches') : trans.__('No records yet')}
      {filtered && (
        <span>
          <button
            type="button"
            className="jp-alphamed-Button"
            onClick={logs.clearFilters}
          >
            {trans.__('Clear filters')}
          </button>
          {source.finder.active && source.finder.search.state === 'idle' && (
            <button
              type="button"
              className="jp-alphamed-Button"
              onClick={() => void source.finder.searchHub()}
            >
              {trans.__('Search the hub')}
            </button>
          )}
        </span>
      )}
    </div>
  );
}

/** Whether something has been so for some time. */
function useLate(so: boolean, ms: number): boolean {
  const [late, setLate] = React.useState(false);
  React.useEffect(() => {
    setLate(false);
    if (so) {
      const timer = setTimeout(() => setLate(true), ms);
      return () => clearTimeout(timer);
    }
    return undefined;
  }, [so, ms]);
  return late;
}

/** The same functions at each rendering, that do what the latest ones do: rows need not be drawn again for them. */
function useStable<T extends Record<string, (...args: never[]) => void>>(
  functions: T
): T {
  const latest = React.useRef(functions);
  latest.current = functions;
  const [stable] = React.useState(
    () =>
      Object.fromEntries(
        Object.keys(functions).map(name => [
          name,
          (...args: never[]) => latest.current[name]?.(...args)
        ])
      ) as unknown as T
  );
  return stable;
}

/** The nodes that met the error of a record: by their loaded records, and by how they failed. */
function sameErrors(
  logs: ILogs,
  record: ILogRecord
): readonly (readonly [string, number])[] {
  const key = errorKey(record);
  const traceback = record.body.traceback;
  if (key === null || !traceback) {
    return [];
  }
  const nodes = new Map<string, number>([[record.node, record.seq]]);
  for (const other of logs.source.records()) {
    if (
      !nodes.has(other.node) &&
      other.body.traceback &&
      errorKey(other) === key
    ) {
      nodes.set(other.node, other.seq);
    }
  }
  for (const { node, failure } of logs.run?.members ?? []) {
    if (
      !nodes.has(node) &&
      failure?.type === traceback.type &&
      failure.message === traceback.message.split('\n').pop()
    ) {
      nodes.set(node, 0);
    }
  }
  return [...nodes];
}
