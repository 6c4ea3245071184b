/** What a wait of a built-in scheduler is about, read from its structured `what`. Pure. */

export type AwaitKind =
  | 'checkin'
  | 'announce'
  | 'start'
  | 'answer'
  | 'close'
  | 'update'
  | 'parameters'
  | 'any'
  | 'other';

export interface IAwaited {
  kind: AwaitKind;
  /** 0: it is of none. */
  round: number;
  /** The event type or stream: `sync_state`, `update`; for `other` the whole text. */
  name: string;
}

// A map: a name may be anything, `constructor` too.
const KINDS: ReadonlyMap<string, AwaitKind> = new Map([
  ['checkin', 'checkin'],
  ['announce_task', 'announce'],
  ['sync_state', 'start'],
  ['start_round', 'start'],
  ['sync_state_response', 'answer'],
  ['close_round', 'close'],
  ['update', 'update'],
  ['parameters', 'parameters']
]);

/** What is awaited before there are rounds; of all else the round is known, or it is not what built-in schedulers wait for. */
const BEFORE_ROUNDS: ReadonlySet<AwaitKind> = new Set(['checkin', 'announce']);

/** `sync_state of round 1` → start, 1, `sync_state` */
export function awaitedOf(what: string): IAwaited {
  if (what === '' || what.startsWith('any message')) {
    return { kind: 'any', round: 0, name: what };
  }
  const match = /^(\S+?)(?: of round (\d+))?$/.exec(what);
  const name = match?.[1];
  const kind = name === undefined ? undefined : KINDS.get(name);
  const round = Number(match?.[2] ?? 0);
  if (
    name === undefined ||
    kind === undefined ||
    (round === 0 && !BEFORE_ROUNDS.has(kind))
  ) {
    return { kind: 'other', round: 0, name: what };
  }
  return { kind, round, name };
}

/** Whether it is a data stream rather than a message. */
export function isStream(awaited: IAwaited): boolean {
  return awaited.kind === 'update' || awaited.kind === 'parameters';
}
