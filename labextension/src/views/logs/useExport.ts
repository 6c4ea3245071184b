/** Export of what is filtered, with its progress. */

import * as React from 'react';

import type { IViewProps } from '../../tokens';
import { exportName, exportRecords, type ExportFormat } from './exporting';
import { TextTest } from './data/textTest';
import type { ILogs } from './useLogs';

export interface IExport {
  /** From 0 to 1; null: nothing is exported. */
  progress: number | null;
  start(format: ExportFormat): void;
  stop(): void;
}

export function useExport(
  { model, actions }: IViewProps,
  logs: ILogs
): IExport {
  const [progress, setProgress] = React.useState<number | null>(null);
  const controller = React.useRef<AbortController | null>(null);
  React.useEffect(() => () => controller.current?.abort(), []);
  const stop = () => {
    controller.current?.abort();
    controller.current = null;
    setProgress(null);
  };
  const start = (format: ExportFormat) => {
    const { run, source } = logs;
    if (run === null) {
      return;
    }
    stop();
    const mine = new AbortController();
    controller.current = mine;
    // A test of its own: what is filtered for may change meanwhile.
    const test = new TextTest(source.finder.filter);
    setProgress(0);
    void exportRecords(
      model.federation.api,
      {
        task: run.task,
        run: run.run,
        scope: logs.scope,
        text: test.filter,
        after: Math.max(logs.cleared, run.seq - 1, 0),
        upto: model.asOf ?? Math.max(run.number, source.upto),
        first: run.seq,
        format
      },
      records => test.passed(records),
      done => {
        if (controller.current === mine) {
          setProgress(done);
        }
      },
      mine.signal
    )
      .then(file => {
        if (file !== null && controller.current === mine) {
          actions.saveFile(exportName(run.task, run.run, format), file);
        }
      })
      .catch((error: unknown) => {
        // What was not written is not saved.
        if (controller.current === mine) {
          source.fail(error);
        }
      })
      .finally(() => {
        test.dispose();
        if (controller.current === mine) {
          stop();
        }
      });
  };
  return { progress, start, stop };
}
