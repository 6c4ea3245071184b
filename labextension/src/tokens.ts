/**
 * The interfaces that the parts of the panel speak to each other. No logic.
 *
 * All times are seconds since the epoch by the hub's clock, unless a name says otherwise.
 */

import type { TranslationBundle } from '@jupyterlab/translation';
import { Token } from '@lumino/coreutils';
import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';
import type * as React from 'react';
import type {
  AttemptView,
  FailureView,
  Follow,
  HubStatus,
  HubStorage,
  LinePage,
  NodeView,
  Row,
  RowPage,
  TaskGlance,
  TransferView
} from './hub/protocol';

/** How the panel stands with the hub. */
export interface IConnection {
  /**
   * - `connecting`: the first attempt is under way;
   * - `open`: what is shown is live;
   * - `lost`: it was open; another attempt follows;
   * - `refused`: the server does not let us in; no retry;
   * - `outdated`: the server speaks another version; the page must be reloaded;
   * - `asleep`: no view is visible, so only the counts of the status item are kept up to date.
   */
  state: 'connecting' | 'open' | 'lost' | 'refused' | 'outdated' | 'asleep';
  /** Since when. */
  since: number;
  /** When the next attempt is due, for `lost`. */
  retryAt: number | null;
  /** What the server said, for `refused`. */
  message: string;
}

/** One run of a task: the fold of its journal, as the hub computes it. */
export interface IRunState {
  task: string;
  run: number;
  /** As of this journal number. */
  number: number;
  /** When that was. */
  at: number;
  /** The number of its first row. */
  seq: number;
  started: number;
  /** 0: going on. */
  ended: number;
  /** The task's list of nodes. */
  nodes: readonly string[];
  /** Those of the list first, in its order, then others as they came. */
  members: readonly NodeView[];
  attempts: readonly AttemptView[];
  transfers: readonly TransferView[];
  /** What broke: what led to the rest first, consequences last. */
  failures: readonly FailureView[];
  /** Contract messages. */
  events: number;
  /** Log records. */
  logs: number;
  /** Log records that never reached the hub. */
  dropped: number;
  /** Resident memory in bytes, by node; only where it is known. */
  memory: Readonly<Record<string, number>>;
}

/** A point on the time axis that all views share. */
export interface IMoment {
  at: number;
  /** The journal row it stands for; null: none in particular. */
  seq: number | null;
}

export interface ITimeWindow {
  begin: number;
  end: number;
}

export interface IRowHandlers {
  /** The feed (again) stands; `number` is the journal's end. `hub` differs when it is another hub's journal. */
  following(hub: string, number: number): void;
  rows(rows: readonly Row[], upto: number, skipped: number): void;
}

/** REST of the hub. Every method rejects with `HubError`. */
export interface IHubApi {
  status(): Promise<HubStatus>;
  /** What the hub keeps, and what that takes on the disk. */
  storage(): Promise<HubStorage>;
  /** The fold of one run as of a number (null: now). */
  runAsOf(task: string, run: number, number: number | null): Promise<IRunState>;
  /** Log records by their place in the run; see `api/lines`. */
  lines(query: ILinesQuery, signal?: AbortSignal): Promise<LinePage>;
  /** Journal rows; see `api/records`. */
  records(query: IRecordsQuery, signal?: AbortSignal): Promise<RowPage>;
  removeRun(task: string, run: number): Promise<void>;
}

export interface ILinesQuery {
  task: string;
  run: number;
  nodes?: readonly string[];
  /** Instead: all nodes but these. */
  without?: readonly string[];
  levels?: readonly LevelName[];
  /** Place of the first one wanted, from 0. */
  offset?: number;
  /** Instead of `offset`: a page around the first record with at least this journal number. */
  around?: number;
  limit: number;
}

export type LevelName = 'debug' | 'info' | 'warning' | 'error';

export interface IRecordsQuery {
  task?: string;
  run?: number;
  nodes?: readonly string[];
  /** Instead: all nodes but these. */
  without?: readonly string[];
  kinds?: readonly string[];
  /** At least this one. */
  level?: number;
  text?: string;
  regex?: string;
  after?: number;
  before?: number;
  limit?: number;
  order?: 'oldest' | 'newest';
}

/** What every part of the panel in this browser tab shares. */
export interface IFederation {
  readonly api: IHubApi;
  readonly connection: IConnection;
  /** By task id. */
  readonly tasks: ReadonlyMap<string, TaskGlance>;
  /** The connection, a task, or what is unseen has changed. */
  readonly changed: ISignal<IFederation, void>;
  /** The hub's clock. */
  now(): number;
  /** Numbers of the error records of a task's latest run that nobody has looked at yet. */
  unseenErrors(task: string): readonly number[];
  markSeen(task: string, seqs: readonly number[]): void;
  /** Try to connect now rather than at `retryAt`. */
  retry(): void;
}

export const IFederation = new Token<IFederation>(
  'alphamed_nb:IFederation',
  'The federation that runs on this server: tasks, nodes, and the connection to the hub.'
);

/** What one view shows: a task, a run, a tab, a moment. The views read it and change it; it lives while they do. */
export interface IRunModel extends IDisposable {
  readonly federation: IFederation;
  /** Null: there is no task yet. */
  readonly task: string | null;
  /** Null: the latest, and each later one from its beginning. */
  readonly run: number | null;
  /** Stays with its task when another one starts. */
  readonly pinned: boolean;
  /** The name of one of `VIEWS`; of another name the first is shown. */
  readonly view: string;
  /** The run as it is now; null until it is known. */
  readonly live: IRunState | null;
  /** The run as of `asOf`, else `live`. What views draw. */
  readonly shown: IRunState | null;
  /** A journal number; null: live. */
  readonly asOf: number | null;
  readonly moment: IMoment | null;
  /** The time that the view below the strip shows; null: it shows none. */
  readonly window: ITimeWindow | null;
  /** Nodes that are filtered out. */
  readonly hidden: ReadonlySet<string>;
  /** Whether somebody can see it. A hidden one asks the hub for nothing. */
  readonly visible: boolean;
  /** Settings of single views that survive a reload, by a name of the view's choice; JSON. */
  readonly saved: Readonly<Record<string, unknown>>;
  readonly changed: ISignal<IRunModel, void>;
  select(task: string | null, run?: number | null): void;
  setPinned(pinned: boolean): void;
  setView(view: string): void;
  setAsOf(number: number | null): void;
  setMoment(moment: IMoment | null): void;
  setWindow(window: ITimeWindow | null): void;
  toggleNode(node: string): void;
  /** Only this node; again: all. */
  soloNode(node: string): void;
  showAllNodes(): void;
  save(name: string, value: unknown): void;
  /**
   * Journal rows of any run, from `question.after` on, as they come. Resumes by itself after a lost connection, goes to
   * sleep while the model is not visible, and then goes on where it stopped: no gap, no row twice.
   */
  follow(question: IFollow, handlers: IRowHandlers): IDisposable;
}

export type IFollow = Omit<Follow, 'op'>;

/** Where a piece of user code stands. */
export interface IPlace {
  kernel: string;
  notebook: string;
  /** Cell id; empty: not known. */
  cell: string;
  /** A path, or IPython's name of a cell (`Cell In[3]`); empty: not known. */
  file: string;
  /** From 1; 0: not known. */
  line: number;
}

/** What opening a place opens. */
export type Opened = 'cell' | 'file' | 'notebook';

/** What a view asks the surrounding application to do. Errors are shown to the user by whoever implements it. */
export interface IActions {
  /** Open the notebook at that cell and line (or the file, or the notebook alone). */
  open(place: IPlace): Promise<void>;
  /** What that is, as far as the page can tell; null: nothing. */
  opens(place: IPlace): Opened | null;
  /** What stands in the brackets beside a cell: its number, or `*` while it runs; empty where that cannot be seen. */
  promptOf(node: NodeView): string;
  /** A notebook was opened, or a cell was run. */
  readonly promptsChanged: ISignal<IActions, void>;
  /** Whether this process belongs to a notebook of this server. */
  hasNotebook(node: NodeView): boolean;
  runNotebook(node: NodeView): Promise<void>;
  interrupt(node: NodeView): Promise<void>;
  /** Restart the kernels of these nodes, after one question. */
  restart(nodes: readonly NodeView[]): Promise<void>;
  /** Open the file browser at the node's result directory. */
  openResults(task: string, node: NodeView): Promise<void>;
  /** Download a file of the result directory: `model.pt` or `report.zip`. */
  download(task: string, node: NodeView, file: string): Promise<void>;
  /** TensorBoard's command for the node's result directory. */
  tensorboardCommand(task: string, node: NodeView): string;
  copy(text: string): Promise<void>;
  /** Hand a file made in the browser to the user. */
  saveFile(name: string, content: Blob): void;
  /** Open the main-area view. */
  openView(task: string | null, view?: string): void;
  /** Open Logs at the first unseen error of a task (null: of any), unfolded and selected. */
  showError(task: string | null): void;
  openExample(): Promise<void>;
}

/** The properties every view component takes. */
export interface IViewProps {
  model: IRunModel;
  actions: IActions;
  trans: TranslationBundle;
}

/** What a tab of the main-area view shows. */
export interface IView {
  /** In what is saved, in settings and in URLs. */
  readonly name: string;
  word(trans: TranslationBundle): string;
  /** How much there is to see of a run, for its tab; empty: it says nothing. */
  count(run: IRunState): string;
  /** How many errors it shows that nobody has looked at yet; they stand in the tab instead. */
  unseen?(model: IRunModel, run: IRunState): number;
  readonly Component: React.ComponentType<IViewProps>;
}
