/**
 * What the hub sends and understands, as alphamed_nb/protocol defines it.
 *
 * Written by tools/generate_types.py: change the Python types and run it again.
 */

export const PROTOCOL_VERSION = 2;

/** An error as it travels. */
export interface ErrorBody {
  code: string;
  /** What was wrong and what to do, in English. */
  message: string;
  details: Readonly<Record<string, unknown>>;
}

/**
 * What the hub accepts. A client checks before it sends, so that a refusal
 * names the caller's own line.
 */
export interface Limits {
  /** One websocket frame, bytes. */
  frame_bytes: number;
  /** The JSON of one contract message, bytes. */
  contract_bytes: number;
  /**
   * The text of one log record, bytes of UTF-8; a longer text is split into
   * several records.
   */
  record_bytes: number;
  /**
   * Any other text in a message: a title, the message of an error. A client
   * cuts a longer one and says so in it.
   */
  text_characters: number;
  /** Log and metric records in one `Records`. */
  records_per_frame: number;
  /** One data stream, bytes. */
  stream_bytes: number;
  /** Targets of one message or one batch of offers. */
  targets: number;
  /**
   * Requests a link may have under way; past that it waits before it sends the
   * next one.
   */
  unanswered: number;
}

export type PresenceState =
  'absent' | 'up' | 'ended' | 'failed' | 'stopped' | 'gone';

export type HubKind = 'jupyter' | 'standalone' | 'run';

export type Activity =
  | 'starting'
  | 'waiting'
  | 'receiving'
  | 'training'
  | 'sending'
  | 'aggregating'
  | 'testing'
  | 'finished'
  | 'failed'
  | 'stopped'
  | 'custom';

export type WaitKind = 'join' | 'message' | 'stream' | 'any';

/** One frame of a traceback. */
export interface Frame {
  function: string;
  line: number;
  /** Path, or IPython's name of the cell (`Cell In[3]`). */
  file?: string;
  /**
   * Cell id, when the code stands in a notebook cell and the front end sent
   * one.
   */
  cell?: string;
  /** The source line. */
  code?: string;
  /** The user's own code, not a library's. */
  user?: boolean;
  /**
   * So many more like this one and the one before it follow; they are left out,
   * as Python does it.
   */
  repeated?: number;
  /**
   * So many others follow in the middle of a long traceback; they are left out.
   */
  left_out?: number;
}

export interface Traceback {
  /** Name of the exception's class. */
  type: string;
  message: string;
  /** The whole traceback as it is shown, may hold SGR colour sequences. */
  text: string;
  frames?: readonly Frame[];
}

/** Why a node failed, as others may know it. */
export interface Failure {
  type: string;
  /** Last line of the error. */
  message?: string;
  /**
   * `file:line`, or `Cell In[n], line m`, of the innermost frame of the user's
   * own code.
   */
  place?: string;
  /**
   * The nodes without which it could not go on, where that is what the error
   * says: if one of them had failed or was gone, this is a consequence of it.
   */
  because_of?: readonly string[];
}

/**
 * What a node waits for. A later report of one wait, with the same `since`,
 * leaves out what is as before.
 */
export interface Wait {
  /**
   * *join*: participants that have not checked in yet; *message*, *stream*: one
   * of them; *any*: whatever comes.
   */
  kind?: WaitKind;
  /**
   * The event's type, also of a *join*, or the stream's name: `sync_state`,
   * `update`.
   */
  name?: string;
  /** The round it belongs to; 0: none. */
  round?: number;
  /** Node ids; empty: any node of the task. */
  whom?: readonly string[];
  /** Seconds since the epoch, the node's clock. */
  since?: number;
  /** Seconds; null: for ever. */
  limit?: number | null;
  /** Ids that came since the last report of this wait. */
  arrived?: readonly string[];
  /** How many are awaited; 0: not counted. */
  expected?: number;
}

export interface EventBody {
  targets: readonly string[];
  type: string;
  message: string;
  /**
   * The content as it travelled; what is no finite number is written as
   * `{"$number": "NaN"}`.
   */
  contract: unknown;
  title?: string;
  /**
   * When the sender called, seconds since the epoch: from then to `Row.at` it
   * took to store. 0: not known, as of a sender on another machine, whose clock
   * is not the hub's.
   */
  sent?: number;
  /** Bytes of the contract, where it is left out itself (`Follow.brief`). */
  size?: number;
}

export interface ReadBody {
  /** The number of the event's row. */
  event: number;
}

export interface OfferBody {
  offer: string;
  source: string;
  target: string;
  state: 'offered' | 'reading' | 'taken' | 'denied' | 'withdrawn';
  stream?: string;
  size?: number;
  /**
   * What the receiver must ask for, if it asks for any; means nothing to
   * others.
   */
  label?: string;
  /** The round it belongs to; 0: none. */
  round?: number;
  /**
   * What the stream holds: `parameters`, `update`; empty: its sender does not
   * say.
   */
  name?: string;
  cause?: string;
  /** The number of the row in which it was first offered. */
  offered?: number;
}

export interface SessionBody {
  change: 'began' | 'lost' | 'resumed' | 'ended';
  epoch: number;
  /** For *ended*: one of :data:`END_STATES`. */
  reason?: string;
  nodes?: readonly string[];
  pid?: number;
  host?: string;
  notebook?: string;
  kernel?: string;
  /** For *began*: id of the notebook cell that entered the context. */
  cell?: string;
  context?: string;
}

export interface StateBody {
  /** The node's clock, seconds since the epoch. */
  time: number;
  activity: Activity;
  /**
   * A user scheduler's own status string, shown as it is; more words otherwise.
   */
  detail?: string;
  /**
   * What it is in the task, in one word: `aggregator`, `data holder`, or any
   * other.
   */
  role?: string;
  round?: number;
  /** The aggregator's nonce: a new one for each of its starts inside a run. */
  attempt?: string;
  wait?: Wait | null;
  failure?: Failure | null;
}

export interface TaskBody {
  time: number;
  change: 'started' | 'round' | 'left out' | 'ended';
  /** The scheduler's class. */
  scheduler?: string;
  /** As in `StateBody`. */
  role?: string;
  /** Its rounds are those of the task, whatever its role is called. */
  leads?: boolean;
  /** 0: not known, no estimate is shown. */
  max_rounds?: number;
  round?: number;
  attempt?: string;
  result?: '' | 'finished' | 'failed' | 'stopped';
  left_out?: readonly string[];
  /** For *left out*: late, failed or gone. */
  reason?: string;
}

export interface HubBody {
  text: string;
}

export interface LogBody {
  time: number;
  /** As in `logging`: 10 to 50. */
  level: number;
  text: string;
  source?: 'log' | 'stdout' | 'stderr' | 'traceback' | 'dropped';
  logger?: string;
  module?: string;
  function?: string;
  line?: number;
  notebook?: string;
  kernel?: string;
  cell?: string;
  round?: number;
  traceback?: Traceback | null;
  /** For *dropped*: how many records are missing here. */
  dropped?: number;
}

export interface MetricBody {
  time: number;
  name: string;
  /**
   * null: not a finite number, for which JSON has no word; a log record names
   * it.
   */
  value: number | null;
  step?: number;
  round?: number;
  /**
   * The folder of the `SummaryWriter`, relative to the result directory (`.`:
   * that itself); empty for progress.
   */
  writer?: string;
}

export type Kind =
  | 'event'
  | 'read'
  | 'offer'
  | 'session'
  | 'state'
  | 'task'
  | 'hub'
  | 'log'
  | 'metric';

/** One row of the journal, as readers get it. */
export interface RowOf<K extends Kind, B> {
  seq: number;
  /** When the hub accepted it, seconds since the epoch. */
  at: number;
  kind: K;
  /**
   * Who it is of: the sender of an event, the source of an offer, the reader of
   * a read.
   */
  node?: string;
  task?: string;
  run?: number;
  /** The body's JSON; its type is `KINDS[kind].body`. */
  body: B;
}

export type EventRow = RowOf<'event', EventBody>;
export type ReadRow = RowOf<'read', ReadBody>;
export type OfferRow = RowOf<'offer', OfferBody>;
export type SessionRow = RowOf<'session', SessionBody>;
export type StateRow = RowOf<'state', StateBody>;
export type TaskRow = RowOf<'task', TaskBody>;
export type HubRow = RowOf<'hub', HubBody>;
export type LogRow = RowOf<'log', LogBody>;
export type MetricRow = RowOf<'metric', MetricBody>;

export type Row =
  | EventRow
  | ReadRow
  | OfferRow
  | SessionRow
  | StateRow
  | TaskRow
  | HubRow
  | LogRow
  | MetricRow;

/** A time in which a node did one thing. */
export type Interval = readonly [
  activity: Activity,
  detail: string,
  round: number,
  begin: number,
  /** 0: still going on. */
  end: number,
  /** The number of the row that began it. */
  seq: number
];

/** What a node waits for, as in `Wait`. */
export interface WaitView {
  kind: WaitKind;
  name: string;
  round: number;
  /** Empty: any node of the task. */
  whom: readonly string[];
  /** The hub's clock, also where the node's goes otherwise. */
  since: number;
  /** Seconds; null: for ever. */
  limit: number | null;
  /** All that came so far. */
  arrived: readonly string[];
  /** 0: not counted. */
  expected: number;
}

/** One node in one run. */
export interface NodeView {
  node: string;
  /** Its place in the task's list of nodes; -1: not in it. */
  index: number;
  /** `absent`: named in the list, but never up in this run. */
  state: PresenceState;
  /** Its link is lost; it may still resume. */
  lost: boolean;
  /** Of its latest session in this run; also the number at which that began. */
  epoch: number;
  since: number;
  ended: number;
  cause: string;
  pid: number;
  host: string;
  notebook: string;
  kernel: string;
  /**
   * Id of the notebook cell in which its context was entered; empty where none
   * is known.
   */
  cell: string;
  /** The list it came with, where that is not the run's own; else empty. */
  nodes: readonly string[];
  role: string;
  leads: boolean;
  scheduler: string;
  activity: Activity | null;
  detail: string;
  round: number;
  attempt: string;
  wait: WaitView | null;
  failure: Failure | null;
  /** How its scheduler ended: finished, failed or stopped. */
  result: string;
  /** The number of its latest `state` record. */
  reported: number;
  /**
   * What it did, the oldest first. Of more than 2,000 the shortest neighbours
   * are merged into one, called by the longer of the two: total time and order
   * are kept.
   */
  intervals: readonly Interval[];
  /** How many log records of each level. */
  levels: Readonly<Record<string, number>>;
  /** Numbers of its records of level ERROR and above, the latest 1,000. */
  errors: readonly number[];
  /**
   * When all of these records, however many, were stored. Of those that lie
   * close together only the first: there are at most 1,000 times, and each is
   * that of a record.
   */
  error_times: readonly number[];
  messages_out: number;
  /** Events it has read. */
  messages_in: number;
  /** Events of this run that name it as a target. */
  addressed: number;
  /** Streams of it that were taken, counted by target. */
  streams_out: number;
  streams_in: number;
  bytes_out: number;
  bytes_in: number;
}

/**
 * Failures that are alike (of one type, at one place or with one message), as
 * one.
 */
export interface FailureView {
  /** In the order in which they failed. */
  nodes: readonly string[];
  /** How many nodes, where `nodes` has not all of them. */
  count: number;
  /** When the first of them failed. */
  at: number;
  /**
   * They did not say so, but are gone: the message is the cause, as in
   * `NodeView`.
   */
  gone: boolean;
  /** Name of the exception's class; empty: not known. */
  type: string;
  /** Last line of the first one's error. */
  message: string;
  /** Of the first one, as in `Failure`. */
  place: string;
  /**
   * The nodes that had failed before, or were gone, of which this is a
   * consequence; empty: of none.
   */
  because_of: readonly string[];
}

/** A node that a round went on without. */
export interface LeftOut {
  node: string;
  /** late, failed or gone */
  reason: string;
}

export interface RoundView {
  round: number;
  /** The number of the row that began it. */
  seq: number;
  begin: number;
  end: number;
  left_out: readonly LeftOut[];
  /** Data streams that were taken while it went on, counted by target. */
  streams: number;
  /** Of these streams. */
  bytes: number;
  /** From how many other nodes its leader took one. */
  updates: number;
  /**
   * Of how many other nodes: those that took one of its leader, whose stream it
   * took, or that were left out.
   */
  expected: number;
}

/** One start of the node that leads: rounds are counted anew in each. */
export interface AttemptView {
  /** The leader's nonce; empty for a scheduler that has none. */
  attempt: string;
  leader: string;
  scheduler: string;
  /** 0: not known. */
  max_rounds: number;
  seq: number;
  begin: number;
  /**
   * When it ended, or its leader's session did; 0: it goes on, as far as is
   * known.
   */
  end: number;
  /** Empty also where its leader did not come to say so. */
  result: '' | 'finished' | 'failed' | 'stopped';
  rounds: readonly RoundView[];
}

/** An offer that is not settled. */
export interface TransferView {
  offer: string;
  source: string;
  target: string;
  state: 'offered' | 'reading';
  size: number;
  round: number;
  /** As in `OfferBody`. */
  name: string;
  /** The number of the row in which it was first offered. */
  seq: number;
  /** Since when it is in that state. */
  since: number;
}

export interface RunView {
  run: number;
  /** The number of its first row. */
  seq: number;
  started: number;
  /** 0: going on. */
  ended: number;
  /**
   * The task's list: the initiator's, until it has started the first session's.
   */
  nodes: readonly string[];
  /** Those of the list first, in its order, then others as they came. */
  members: readonly NodeView[];
  attempts: readonly AttemptView[];
  transfers: readonly TransferView[];
  /**
   * What broke: first what broke by itself, then the consequences, each in the
   * order in which it happened. Of nodes that are gone only those of which a
   * failure is a consequence.
   */
  failures: readonly FailureView[];
  /** Contract messages. */
  events: number;
  /** Log records. */
  logs: number;
  /** Records that never reached the hub, as far as it was told. */
  dropped: number;
}

export interface TaskView {
  task: string;
  /** The oldest first; views show the last one by default. */
  runs: readonly RunView[];
}

export interface Snapshot {
  /** The last row that is in it. */
  number: number;
  tasks: readonly TaskView[];
}

export interface Follow {
  op: 'follow';
  /** Rows with a larger number; null: those that come from now on. */
  after?: number | null;
  task?: string | null;
  run?: number | null;
  /** Empty: all. */
  nodes?: readonly string[];
  /** Empty: all. */
  kinds?: readonly Kind[];
  /** Log rows below this level are left out. */
  level?: number;
  /** Log rows must contain it, whatever the case. */
  text?: string;
  /**
   * Without the contents of contract messages: what a diagram shows of 100,000
   * of them.
   */
  brief?: boolean;
}

/** How all tasks stand in short, and one run in full. */
export interface Watch {
  op: 'watch';
  /** null: only the short form of every task. */
  task?: string | null;
  /** null: the task's latest, and each later one from its beginning. */
  run?: number | null;
  /** Also measure the memory of the run's processes, every two seconds. */
  memory?: boolean;
}

export type LiveQuestion = Follow | Watch;

export interface Following {
  op: 'following';
  /** The hub id: numbers of another hub mean nothing here. */
  hub: string;
  /**
   * The highest number that readers may see now; a snapshot as of it can be
   * continued with the rows after it.
   */
  number: number;
}

export interface Rows {
  op: 'rows';
  rows: readonly Row[];
  /** All that matches up to this number has been sent, or skipped. */
  upto: number;
  /**
   * So many log and metric rows before these were left out, since the viewer
   * was too slow: they can be read with `api/records`. With a `text`, those
   * without it are counted, too.
   */
  skipped?: number;
}

/** One node of a task's latest run, as a status line needs it. */
export type MemberGlance = readonly [
  node: string,
  index: number,
  state: PresenceState,
  lost: boolean,
  activity: Activity | null,
  /** Since when it does that, the hub's clock, seconds since the epoch. */
  since: number,
  /** Whom it waits for; empty also for: any node. */
  whom: readonly string[],
  waits: boolean
];

/** What broke in a run. */
export interface Problem {
  /**
   * The number of the log record that tells the first failure; 0: there is
   * none.
   */
  seq: number;
  /** In the order of a run's; the first 4, and of each the first 50 nodes. */
  failures: readonly FailureView[];
}

/** A task in short, by its latest run. */
export interface TaskGlance {
  task: string;
  /** All that are kept, the oldest first. */
  runs: readonly number[];
  run: number;
  live: boolean;
  scheduler: string;
  started: number;
  /** 0: going on. */
  ended: number;
  round: number;
  max_rounds: number;
  /**
   * finished, failed or stopped: how the latest attempt ended; empty while it
   * goes on, and where it never did.
   */
  result: string;
  /**
   * How many nodes are in each state: an activity, or absent, gone, failed,
   * stopped, ended.
   */
  states: Readonly<Record<string, number>>;
  /**
   * All of up to 50 nodes; of more, those that failed, are gone, or were never
   * up (50 at most).
   */
  members: readonly MemberGlance[];
  /** Numbers of the latest 100 records of level ERROR and above. */
  errors: readonly number[];
  problem: Problem | null;
  /**
   * The last value of the metric whose name holds `accuracy`, with its name.
   */
  score: readonly [string, number] | null;
}

export interface MemberChange {
  /**
   * `intervals` holds only those from number `intervals_from` on: they replace
   * what the viewer has from there on.
   */
  node: NodeView;
  intervals_from: number;
}

/** What changed in the watched run since the last overview. */
export interface RunChange {
  task: string;
  run: number;
  /** Forget what was known of the run: this is all of it. */
  whole: boolean;
  /** The number of the run's first row. */
  seq: number;
  started: number;
  ended: number;
  nodes: readonly string[];
  /** Only those that changed. */
  members: readonly MemberChange[];
  attempts: readonly AttemptView[];
  transfers: readonly TransferView[];
  failures: readonly FailureView[];
  events: number;
  /** Log records. */
  logs: number;
  /** Records that never reached the hub, as far as it was told. */
  dropped: number;
}

export interface Overview {
  op: 'overview';
  /** As of this number. */
  number: number;
  /** The hub's clock, seconds since the epoch. */
  at: number;
  /** Those that changed; in the first overview all. */
  tasks?: readonly TaskGlance[];
  /** Tasks of which no run is left. */
  removed?: readonly string[];
  run?: RunChange | null;
  /**
   * Node -> resident memory of its process, bytes; only nodes that are up on
   * the hub's machine. Of all of them, when one has changed by more than 1 %;
   * empty: as before.
   */
  memory?: Readonly<Record<string, number>>;
}

export interface FollowRefused {
  op: 'refused';
  code: string;
  message: string;
}

export type LiveMessage = Following | Rows | Overview | FollowRefused;

/** `api/hub` */
export interface HubStatus {
  hub: string;
  release: string;
  protocol: number;
  kind: HubKind;
  pid: number;
  /** Seconds since the epoch. */
  started: number;
  /** Of the node door. */
  address: string;
  data_dir: string;
  /**
   * Why the data directory is not the one that was asked for; empty otherwise.
   */
  note: string;
  /** The highest journal number that readers may see. */
  number: number;
  limits: Limits;
  links: number;
  viewers: number;
  retention_days: number;
  retention_bytes: number;
}

/** `api/storage`: what the hub keeps, and what that takes on the disk */
export interface HubStorage {
  /** The file of messages, with what is still in its write-ahead log. */
  messages_bytes: number;
  /** The same of log and metric records. */
  logs_bytes: number;
  /** Data streams that are not settled. */
  streams_bytes: number;
  /** Files of `upload_file` whose time is not over. */
  files_bytes: number;
  /** What is left on that disk. */
  free_bytes: number;
  tasks: number;
  runs: number;
  /** Of them: those going on. */
  live_runs: number;
  /** Contract messages. */
  events: number;
  /** Log and metric records, also of contexts that claimed no task. */
  records: number;
  /** What all of it counts for when runs are dropped for their size. */
  run_bytes: number;
}

export interface RunEntry {
  task: string;
  run: number;
  live: boolean;
  /** The task's list of nodes in this run. */
  nodes: readonly string[];
  /** Who held a session in it. */
  members: readonly string[];
  started: number;
  /** 0 while it is going on. */
  ended: number;
  events: number;
  /** Without log and metric records. */
  rows: number;
  bytes: number;
}

export interface TaskEntry {
  task: string;
  live: boolean;
  /** The oldest first. */
  runs: readonly RunEntry[];
}

/** A page of the journal. */
export interface RowPage {
  rows: readonly Row[];
  /** Nothing more matches in the range that was asked for. */
  complete: boolean;
  /**
   * If not: go on with `after=next` (with `before=next` when the newest come
   * first).
   */
  next: number;
  /** The highest journal number that readers may see. */
  number: number;
}

/**
 * Log records of one run by their place among those that were asked for,
 * counted from 0.
 */
export interface LinePage {
  /** In the order of their numbers, all of kind `log`. */
  rows: readonly Row[];
  /** The place of the first of them. */
  offset: number;
  /** How many match now. */
  total: number;
  /** The highest journal number that readers may see. */
  number: number;
}

export interface Removed {
  runs: number;
}
