import { errorKey, type ILogRecord } from '../../model/records';
import type { ILogs } from './useLogs';

/** The nodes that met the error of a record: by their loaded records, and by how they failed. */
export function sameErrors(
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
