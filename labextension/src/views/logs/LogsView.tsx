/** The Logs view: one merged stream of all nodes' records, in the order of the hub's numbers. */

import * as React from 'react';

import type { Frame } from '../../hub/protocol';
import { levelCounts } from '../../model/filters';
import { formatClock, formatCount } from '../../model/format';
import { placeOfFrame, placeOfRecord } from '../../model/opening';
import type { ILogRecord } from '../../model/records';
import type { IViewProps } from '../../tokens';
import { useNames, useSize } from '../common/hooks';
import { DownIcon, PlugIcon } from '../common/icons';
import { widthOf } from '../common/width';
import { bandsOf } from './bands';
import { ErrorMarks } from './ErrorMarks';
import { FilterBar } from './FilterBar';
import { Foot } from './Foot';
import { LogList } from './LogList';
import { NodesBox } from './NodesBox';
import { Nothing } from './Nothing';
import { RecordDetail } from './RecordDetail';
import { sameErrors } from './sameErrors';
import { useExport } from './useExport';
import { useLogKeys } from './useLogKeys';
import { useLogs } from './useLogs';

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
    <div className="jp-alphamed-Logs" ref={whole} data-width={widthOf(width)}>
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
