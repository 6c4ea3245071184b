import * as React from 'react';

import { isEmptyScope, scopeOf } from '../../model/filters';
import type { IViewProps } from '../../tokens';
import type { ILogs } from './useLogs';

/** No row at all: nothing was logged, everything was filtered out, or it is on its way. */
export function Nothing(props: IViewProps & { logs: ILogs }): JSX.Element {
  const { model, trans, logs } = props;
  const { source, run } = logs;
  const late = useLate(source.state === 'loading', 150);
  if (source.state === 'loading') {
    return (
      <div
        className="jp-alphamed-Empty jp-alphamed-Logs-empty"
        aria-busy="true"
      >
        {late && <div className="jp-alphamed-Logs-greys" />}
      </div>
    );
  }
  if (source.state === 'failed') {
    return (
      <div className="jp-alphamed-Empty jp-alphamed-Logs-empty" role="status">
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
      <div
        className="jp-alphamed-Empty jp-alphamed-Logs-empty jp-alphamed-list"
        tabIndex={0}
      >
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
    <div
      className="jp-alphamed-Empty jp-alphamed-Logs-empty jp-alphamed-list"
      tabIndex={0}
    >
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
