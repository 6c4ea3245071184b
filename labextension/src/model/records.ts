/**
 * Log records as the Logs view reads them: what a row shows of one, whom to blame in a traceback, and how a record is
 * written into a file.
 */

import { baseName } from './format';
import type { Frame, LogBody, LogRow, Row, Traceback } from '../hub/protocol';
import type { LevelName } from '../tokens';

/** One log record of the journal. `body` is as the hub sent it: what is not said there has its default. */
export interface ILogRecord {
  readonly seq: number;
  /** When the hub accepted it. */
  readonly at: number;
  readonly node: string;
  readonly body: LogBody;
}

export const LEVELS: readonly LevelName[] = [
  'debug',
  'info',
  'warning',
  'error'
];

/** What a log file calls them. */
export const LEVEL_WORDS: Readonly<Record<LevelName, string>> = {
  debug: 'DEBUG',
  info: 'INFO',
  warning: 'WARN',
  error: 'ERROR'
};

/** The longest piece of text that a folded row draws. */
export const MAX_ROW_TEXT = 600;

/** Folded rows of longer lines can be unfolded although they are one line. */
const LONG_LINE = 160;

function isLogRow(row: Row): row is LogRow {
  return row.kind === 'log';
}

function asRecord(row: LogRow): ILogRecord {
  return {
    seq: row.seq,
    at: row.at,
    node: row.node ?? '',
    body: row.body
  };
}

/** The log records among journal rows. */
export function asRecords(rows: readonly Row[]): ILogRecord[] {
  return rows.filter(isLogRow).map(asRecord);
}

/** The band of a level of `logging`: what lies between two names belongs to the lower one. */
export function levelOf(level: number): LevelName {
  return level >= 40
    ? 'error'
    : level >= 30
      ? 'warning'
      : level >= 20
        ? 'info'
        : 'debug';
}

/** The word in the level column. */
export function levelWord(level: number): string {
  return level >= 50 ? 'CRITICAL' : LEVEL_WORDS[levelOf(level)];
}

export function isDropped(record: ILogRecord): boolean {
  return record.body.source === 'dropped';
}

export function isError(record: ILogRecord): boolean {
  return record.body.level >= 40 && !isDropped(record);
}

/** `module:line`, `print`, `stderr`; for a traceback the user's own line that is to blame. */
export function sourceOf(record: ILogRecord): string {
  const { source, module, line, traceback } = record.body;
  switch (source ?? 'log') {
    case 'stdout':
      return 'print';
    case 'stderr':
      return 'stderr';
    case 'dropped':
      return '';
    case 'traceback': {
      const frame = traceback ? blamed(traceback) : null;
      return frame === null
        ? 'traceback'
        : `${moduleOf(frame.file ?? '')}:${frame.line}`;
    }
    default:
      return module ? `${moduleOf(module)}:${line ?? 0}` : 'log';
  }
}

/** `scheduler` of `/a/b/scheduler.py`; names that are no path stay. */
function moduleOf(path: string): string {
  const name = baseName(path);
  return name.endsWith('.py') ? name.slice(0, -3) : name;
}

export interface ISummary {
  /** The first line, cut where no row could show it. */
  head: string;
  /** How many lines unfolding adds. */
  more: number;
  /** Whether unfolding shows more than the row does. */
  foldable: boolean;
}

/** What a folded row shows. */
export function summaryOf(record: ILogRecord): ISummary {
  const { text, traceback } = record.body;
  const end = text.indexOf('\n');
  const first = end < 0 ? text : text.slice(0, end);
  const more =
    (end < 0 ? 0 : lineCount(text) - 1) +
    (traceback ? lineCount(traceback.text) : 0);
  return {
    head:
      first.length > MAX_ROW_TEXT ? `${first.slice(0, MAX_ROW_TEXT)}…` : first,
    more,
    foldable: more > 0 || first.length > LONG_LINE
  };
}

/** How many lines a text has, not counting an end of line at its end. */
export function lineCount(text: string): number {
  let count = 1;
  for (
    let at = text.indexOf('\n');
    at >= 0 && at < text.length - 1;
    at = text.indexOf('\n', at + 1)
  ) {
    count++;
  }
  return count;
}

// -- tracebacks ------------------------------------------------------------------------------------------------------

/** The innermost frame of the user's own code; null: there is none. */
export function blamed(traceback: Traceback): Frame | null {
  const frames = traceback.frames ?? [];
  for (let index = frames.length - 1; index >= 0; index--) {
    const frame = frames[index];
    if (frame?.user) {
      return frame;
    }
  }
  return null;
}

/** A frame to show, or frames of one library to fold. */
export type TracebackPart =
  | { kind: 'frame'; frame: Frame; blamed: boolean }
  | { kind: 'library'; library: string; frames: Frame[]; count: number };

/** The frames of a traceback, the outermost first, those of libraries taken together. */
export function tracebackParts(traceback: Traceback): TracebackPart[] {
  const guilty = blamed(traceback);
  const parts: TracebackPart[] = [];
  for (const frame of traceback.frames ?? []) {
    if (frame.user) {
      parts.push({ kind: 'frame', frame, blamed: frame === guilty });
      continue;
    }
    const library = libraryOf(frame.file ?? '');
    const count = 1 + (frame.repeated ?? 0) + (frame.left_out ?? 0);
    const last = parts[parts.length - 1];
    if (last?.kind === 'library' && last.library === library) {
      last.frames.push(frame);
      last.count += count;
    } else {
      parts.push({ kind: 'library', library, frames: [frame], count });
    }
  }
  return parts;
}

/** The package a file belongs to; `Python` for what comes with the interpreter. */
export function libraryOf(file: string): string {
  const parts = file.split(/[\\/]+/);
  const own = parts.lastIndexOf('alphamed_nb');
  if (own >= 0 && own < parts.length - 1) {
    // The platform's names are served from this package: that is the name the user knows.
    return parts[own + 1] === 'alphafed' ? 'alphafed' : 'alphamed_nb';
  }
  const packages = Math.max(
    parts.lastIndexOf('site-packages'),
    parts.lastIndexOf('dist-packages')
  );
  const name = packages >= 0 ? parts[packages + 1] : undefined;
  if (name !== undefined && name !== '') {
    return name.endsWith('.py') ? name.slice(0, -3) : name;
  }
  if (
    file.startsWith('<') ||
    parts.some(part => /^python3?(\.\d+)?t?$/.test(part))
  ) {
    return 'Python';
  }
  return moduleOf(file) || 'Python';
}

/** What a traceback ends with. It is never cut. */
export function errorLine(traceback: Traceback): string {
  return traceback.message
    ? `${traceback.type}: ${traceback.message}`
    : traceback.type;
}

const CHAINED =
  /\n\n(?:The above exception was the direct cause of the following exception|During handling of the above exception, another exception occurred):\n\n/g;

/** The exceptions that led to this one, as Python writes them; empty: none. The frames are those of the last one alone. */
export function causesOf(traceback: Traceback): string {
  let end = -1;
  for (const match of traceback.text.matchAll(CHAINED)) {
    end = match.index ?? -1;
  }
  return end < 0 ? '' : traceback.text.slice(0, end).trim();
}

/** Two records that tell the same error: type, message and the user's line. */
export function errorKey(record: ILogRecord): string | null {
  const { traceback } = record.body;
  if (!traceback) {
    return null;
  }
  const frame = blamed(traceback);
  return JSON.stringify([
    errorLine(traceback),
    frame?.cell || frame?.file || '',
    frame?.line ?? 0
  ]);
}

// -- files -----------------------------------------------------------------------------------------------------------

/** One record as lines of text; `time` writes a time of day. */
export function textOf(
  record: ILogRecord,
  time: (at: number) => string
): string {
  const { body } = record;
  const head = [
    time(body.time),
    record.node,
    levelWord(body.level),
    sourceOf(record)
  ].filter(word => word !== '');
  const text = isDropped(record)
    ? `${body.dropped ?? 0} records of this node were dropped here`
    : body.text;
  const lines = [`${head.join(' ')} ${text}`];
  if (body.traceback) {
    lines.push(body.traceback.text.trimEnd());
  }
  return lines.join('\n');
}

/** The record as the hub's own JSON, which says of which task and run it is: one line. */
export function jsonOf(
  record: ILogRecord,
  { task, run }: { task: string; run: number },
  indent?: number
): string {
  const { seq, at, node, body } = record;
  const row = { seq, at, kind: 'log', node, task, run, body };
  return JSON.stringify(row, null, indent);
}
