/** What the diagram, its table and its details say of messages. */

import type { TranslationBundle } from '@jupyterlab/translation';
import type { NodeView } from '../../hub/protocol';
import type { IArrival } from '../../model/arrivals';
import type { IWaitRow } from '../../model/diagramRows';
import type { IBar } from '../../model/lifelines';
import type { IStream, Item, OfferState } from '../../model/messageItems';
import { causeOf } from '../../model/nodes';
import type { IWaitNote } from '../../model/waitNotes';
import { formatBytes } from '../../model/format';
import type { INames } from '../common/hooks';
import { awaitedText } from '../common/waitWords';
import {
  activityWord,
  ageText,
  causeText,
  durationText,
  stateWord
} from '../common/words';

/** The name of an item: its event type, or what the stream holds. */
export function nameOf(trans: TranslationBundle, item: Item): string {
  switch (item.kind) {
    case 'message':
      return item.type;
    case 'stream':
      return streamName(trans, item);
    case 'step':
      return trans.__(
        '%1: %2',
        streamName(trans, item.stream),
        offerWord(trans, item.state)
      );
  }
}

function streamName(trans: TranslationBundle, { name }: IStream): string {
  switch (name) {
    case '':
      return trans.__('data stream');
    case 'parameters':
      return trans.__('parameters');
    case 'update':
      return trans.__('update');
    default:
      return name;
  }
}

/** Name and size of a stream, as its band says it. */
export function streamTitle(trans: TranslationBundle, stream: IStream): string {
  const name = streamName(trans, stream);
  return stream.size > 0 ? `${name} · ${formatBytes(stream.size)}` : name;
}

export function offerWord(trans: TranslationBundle, state: OfferState): string {
  switch (state) {
    case 'offered':
      return trans.__('offered');
    case 'reading':
      return trans.__('being read');
    case 'taken':
      return trans.__('taken');
    case 'denied':
      return trans.__('denied');
    case 'withdrawn':
      return trans.__('withdrawn');
  }
}

/** `0.6 ms`; the hub may hand a message over in the very moment it accepts it. */
export function latencyText(trans: TranslationBundle, seconds: number): string {
  return seconds < 0.00005 ? trans.__('at once') : durationText(trans, seconds);
}

/** How long after it was sent a message was stored. */
export function storedText(trans: TranslationBundle, seconds: number): string {
  return seconds < 0.00005
    ? trans.__('at once')
    : trans.__('after %1', durationText(trans, seconds));
}

export interface IVerdict {
  text: string;
  tone: 'plain' | 'warning' | 'quiet' | 'error';
}

/** The column "until read". */
export function untilRead(
  trans: TranslationBundle,
  item: Item,
  arrivals: readonly IArrival[]
): IVerdict {
  const read = arrivals.filter(({ standing }) => standing === 'read');
  const tone = toneOf(arrivals);
  if (arrivals.length === 0) {
    return { text: '', tone };
  }
  if (read.length === arrivals.length) {
    const last = Math.max(...read.map(({ at }) => at));
    return { text: latencyText(trans, last - item.at), tone };
  }
  const stream = item.kind === 'stream';
  if (arrivals.length > 1) {
    const [some, all] = [String(read.length), String(arrivals.length)];
    return {
      text: stream
        ? trans.__('%1 of %2 taken', some, all)
        : trans.__('%1 of %2 read', some, all),
      tone
    };
  }
  const [{ standing } = { standing: 'pending' as const }] = arrivals;
  return { text: standingWord(trans, standing, stream), tone };
}

function standingWord(
  trans: TranslationBundle,
  standing: IArrival['standing'],
  stream: boolean
): string {
  switch (standing) {
    case 'denied':
    case 'withdrawn':
      return offerWord(trans, standing);
    case 'reading':
      return offerWord(trans, 'reading');
    case 'never':
      return stream ? trans.__('never taken') : trans.__('never read');
    default:
      return stream ? trans.__('not taken') : trans.__('not read');
  }
}

function toneOf(arrivals: readonly IArrival[]): IVerdict['tone'] {
  if (arrivals.some(({ standing }) => standing === 'stuck')) {
    return 'warning';
  }
  if (arrivals.some(({ standing }) => standing === 'denied')) {
    return 'error';
  }
  return arrivals.every(({ standing }) => standing === 'read')
    ? 'plain'
    : 'quiet';
}

/** On the dashed line to a receiver that has not read. */
export function notReadText(
  trans: TranslationBundle,
  { standing, at }: IArrival,
  stream: boolean,
  now: number
): string {
  switch (standing) {
    case 'never':
      return stream ? trans.__('never taken') : trans.__('never read');
    case 'denied':
    case 'withdrawn':
      return offerWord(trans, standing);
    case 'reading':
      return offerWord(trans, 'reading');
    default:
      return stream
        ? trans.__('not taken for %1', ageText(trans, now - at))
        : trans.__('not read for %1', ageText(trans, now - at));
  }
}

/** How a message stands with one receiver, as the details say it. */
export function arrivalText(
  trans: TranslationBundle,
  item: Item,
  arrival: IArrival,
  now: number
): string {
  const stream = item.kind === 'stream';
  const { standing, at, cause } = arrival;
  switch (standing) {
    case 'read': {
      const took = at - item.at;
      if (took < 0.00005) {
        return stream ? trans.__('taken at once') : trans.__('read at once');
      }
      const time = durationText(trans, took);
      return stream
        ? trans.__('taken after %1', time)
        : trans.__('read after %1', time);
    }
    case 'denied':
    case 'withdrawn':
      return cause === ''
        ? offerWord(trans, standing)
        : trans.__('%1: %2', offerWord(trans, standing), cause);
    case 'never':
      return stream ? trans.__('never taken') : trans.__('never read');
    case 'reading':
      return trans.__('being read, %1', ageText(trans, now - at));
    default:
      return stream
        ? trans.__('not taken, %1', ageText(trans, now - at))
        : trans.__('not read, %1', ageText(trans, now - at));
  }
}

/** At the right of a bar. */
export function barText(
  trans: TranslationBundle,
  bar: IBar,
  note: IWaitNote | null,
  names: INames,
  now: number
): string {
  const open = !Number.isFinite(bar.end);
  const took = open
    ? ageText(trans, now - bar.begin)
    : durationText(trans, bar.end - bar.begin);
  const awaited = note?.awaited ?? null;
  if (bar.activity === 'waiting' && note !== null && awaited !== null) {
    const [one] = note.whom;
    const what = awaitedText(trans, awaited);
    if (note.whom.length === 1 && one !== undefined) {
      return trans.__('waits for %1: %2, %3', names.short(one), what, took);
    }
    if (note.whom.length > 1) {
      return trans.__(
        'waits for %1 nodes: %2, %3',
        String(note.whom.length),
        what,
        took
      );
    }
    return trans.__('waits for %1, %2', what, took);
  }
  const word =
    bar.activity === 'custom' && bar.detail !== ''
      ? bar.detail
      : activityWord(trans, bar.activity);
  return trans.__('%1 %2', word, took);
}

/** What a wait that goes on is for, and how long it has lasted. */
export function waitText(
  trans: TranslationBundle,
  { whom, awaited, at }: IWaitRow,
  names: INames,
  now: number
): string {
  const nodes = whom.map(id => names.short(id)).join(', ');
  const age = ageText(trans, now - at);
  return trans.__(
    'waits for %1: %2, %3',
    nodes,
    awaitedText(trans, awaited),
    age
  );
}

/** Where a node was lost: `gone: its process ended`. */
export function lossText(trans: TranslationBundle, member: NodeView): string {
  switch (member.state) {
    case 'gone':
      return member.cause === ''
        ? stateWord(trans, 'gone')
        : trans.__('gone: %1', causeText(trans, causeOf(member)));
    case 'failed':
      return member.failure === null
        ? stateWord(trans, 'failed')
        : trans.__('failed: %1', member.failure.type);
    default:
      return stateWord(trans, 'stopped');
  }
}

/** The whole message in words, for screen readers. */
export function spokenText(
  trans: TranslationBundle,
  item: Item,
  name: string,
  receivers: readonly string[],
  verdict: IVerdict,
  names: INames
): string {
  const to = receivers.map(id => names.short(id)).join(', ');
  return verdict.text === ''
    ? trans.__('%1 from %2 to %3', name, names.short(item.from), to)
    : trans.__(
        '%1 from %2 to %3, %4',
        name,
        names.short(item.from),
        to,
        verdict.text
      );
}
