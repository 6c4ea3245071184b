/**
 * The numbers of Rounds, of a recorded federation, against their definitions: computed here from the raw rows, in another way than the
 * hub's fold and the panel do it (streams by their labels, activities by the reports themselves).
 */

import { describe, expect, it } from 'vitest';

import type {
  OfferRow,
  Row,
  RunView,
  StateRow,
  TaskRow
} from '../../src/hub/protocol';
import { usually } from '../../src/model/nodeTimes';
import { progressOf as headerProgress } from '../../src/model/progress';
import { attemptProgress as progressOf } from '../../src/model/attemptProgress';
import { latestAttempt } from '../../src/model/attempts';
import { median } from '../../src/model/median';
import { roundsOf } from '../../src/model/rounds';
import { slowNode } from '../../src/model/slowest';
import { Traffic } from '../../src/model/traffic';
import { shareOf } from '../../src/model/work';
import type { IRunState } from '../../src/tokens';
import recorded from './recorded.json';

const ROWS = recorded.rows as unknown as readonly Row[];
const AGGREGATOR = 'agg';
const VIEWS = recorded.views.map(({ number, at, run }): IRunState => {
  const view = run as unknown as RunView;
  return { ...view, task: 't', number, at, memory: {} };
});
const [BROKEN, MIDDLE, WHOLE] = VIEWS as [IRunState, IRunState, IRunState];

/** Rows as of a number. */
class Journal {
  constructor(upto: number) {
    this.rows = ROWS.filter(({ seq }) => seq <= upto);
  }

  /** The latest start of the aggregator, and what it reported from then on. */
  get reports(): TaskRow[] {
    const own = this.rows.filter(
      (row): row is TaskRow => row.kind === 'task' && row.node === AGGREGATOR
    );
    const starts = own.map(({ body }) => body.change === 'started');
    return own.slice(starts.lastIndexOf(true));
  }

  get rounds(): { round: number; nonce: string; begin: TaskRow }[] {
    return this.reports
      .filter(({ body }) => body.change === 'round')
      .map(begin => ({
        round: begin.body.round ?? 0,
        nonce: begin.body.attempt ?? '',
        begin
      }));
  }

  /** What ended a round: the next one, the attempt's end, or that of its process. */
  endOf(seq: number): Row | undefined {
    return this.rows.find(
      row =>
        row.seq > seq &&
        row.node === AGGREGATOR &&
        ((row.kind === 'task' &&
          (row.body.change === 'round' || row.body.change === 'ended')) ||
          (row.kind === 'session' && row.body.change === 'ended'))
    );
  }

  taken(label: string): OfferRow['body'][] {
    return this.rows.flatMap(row =>
      row.kind === 'offer' &&
      row.body.state === 'taken' &&
      row.body.label === label
        ? [row.body]
        : []
    );
  }

  /** Each report of a node since a time, with how long what it says went on, and the row that ended it. */
  spans(
    node: string,
    since: number,
    until: number
  ): [StateRow, number, Row | undefined][] {
    const ends = this.rows.filter(
      row =>
        row.node === node &&
        (row.kind === 'state' ||
          (row.kind === 'session' && row.body.change === 'ended'))
    );
    return ends.flatMap((row, place): [StateRow, number, Row | undefined][] => {
      const next = ends[place + 1];
      const time = Math.min(next?.at ?? until, until) - Math.max(row.at, since);
      return row.kind === 'state' && time > 0 ? [[row, time, next]] : [];
    });
  }

  /** Seconds in which a node trained in a round of an attempt. */
  trained(node: string, nonce: string, round: number, until: number): number {
    return this.spans(node, 0, until)
      .filter(
        ([{ body }]) =>
          body.activity === 'training' &&
          body.attempt === nonce &&
          body.round === round
      )
      .reduce((sum, [, time]) => sum + time, 0);
  }

  readonly rows: readonly Row[];
}

const nodesOf = (view: IRunState): string[] =>
  view.members.map(({ node }) => node);

describe.each([
  ['broken off in the second round', BROKEN, [1, 2]],
  ['in the midst of the third', MIDDLE, [2, 3]],
  ['over', WHOLE, [2, 3, 4]]
] as const)('the rounds of a federation that is %s', (_, view, numbers) => {
  const journal = new Journal(view.number);
  const shown = roundsOf(view, view.at);

  it('are those that the aggregator began', () => {
    expect(shown.map(({ round }) => round)).toEqual(numbers);
    expect(journal.rounds.map(({ round }) => round)).toEqual(numbers);
  });

  it('took as long as from their beginnings to their ends', () => {
    journal.rounds.forEach(({ begin }, place) => {
      const end = journal.endOf(begin.seq);
      expect(shown[place]?.going).toBe(end === undefined);
      expect(shown[place]?.duration).toBeCloseTo(
        (end?.at ?? view.at) - begin.at,
        9
      );
    });
  });

  it('moved the bytes of the streams with their label, of those nodes', () => {
    journal.rounds.forEach(({ round, nonce }, place) => {
      const streams = journal.taken(`${nonce}/${round}`);
      const bytes = streams.reduce((sum, { size = 0 }) => sum + size, 0);
      expect(shown[place]?.bytes).toBe(bytes);

      const left = journal.reports
        .filter(({ body }) => body.change === 'left out')
        .filter(({ body }) => body.round === round)
        .flatMap(({ body }) => body.left_out ?? []);
      expect(shown[place]?.leftOut.map(({ node }) => node)).toEqual(left);

      const inRound = (node: string) =>
        journal
          .spans(node, 0, view.at)
          .filter(([{ body }]) => body.attempt === nonce)
          .filter(([{ body }]) => body.round === round);
      const training = inRound(AGGREGATOR).filter(
        ([{ body }]) => body.activity === 'training'
      );
      const trains = training.length > 0;
      // Killed while it trains, it has no update.
      const over = training.some(([, , next]) => next?.kind === 'state');
      const active = nodesOf(view).filter(node =>
        inRound(node).some(([{ body }]) => body.activity === 'receiving')
      );
      const sources = streams
        .filter(({ target }) => target === AGGREGATOR)
        .map(({ source }) => source);
      expect(shown[place]?.updates).toBe(
        new Set(sources).size + (over ? 1 : 0)
      );
      const others = [
        ...streams.flatMap(({ source, target }) => [source, target]),
        ...left,
        ...active
      ].filter(node => node !== AGGREGATOR);
      expect(shown[place]?.expected).toBe(
        new Set(others).size + (trains ? 1 : 0)
      );
    });
  });

  it('had the node as slowest that trained longest', () => {
    journal.rounds.forEach(({ round, nonce }, place) => {
      const going = shown[place]?.going === true;
      const [first] = nodesOf(view)
        .map(node => ({
          node,
          seconds: journal.trained(node, nonce, round, view.at)
        }))
        .sort((a, b) => b.seconds - a.seconds);
      const slowest = shown[place]?.slowest ?? null;
      expect(slowest?.node ?? null).toBe(going ? null : first?.node);
      if (slowest !== null) {
        expect(slowest.seconds).toBeCloseTo(first?.seconds ?? NaN, 5);
      }
    });
  });

  it('left each node busy, or waiting, for the time that it reported so', () => {
    const since = latestAttempt(view)?.begin ?? 0;
    const until = view.ended || view.at;
    for (const member of view.members) {
      let [busy, waited] = [0, 0];
      for (const [{ body }, time] of journal.spans(member.node, since, until)) {
        if (body.activity === 'waiting') {
          waited += time;
        } else if (
          !['starting', 'finished', 'failed', 'stopped'].includes(body.activity)
        ) {
          busy += time;
        }
      }
      const share = shareOf(member, since, until);
      expect(share?.busy ?? 0).toBeCloseTo(busy / (busy + waited || 1), 5);
      expect(share?.waited ?? 0).toBeCloseTo(waited / (busy + waited || 1), 5);
    }
  });

  it('moved in the bars of each node all that it sent and received', () => {
    const traffic = new Traffic();
    traffic.add(ROWS);
    const then = traffic.asOf(view.number);
    for (const member of view.members) {
      const bars = member.intervals.map(([, , , begin, end]) =>
        then.during(member.node, begin, end || view.at)
      );
      expect(bars.reduce((sum, { sent }) => sum + sent, 0)).toBe(
        member.bytes_out
      );
      expect(bars.reduce((sum, { received }) => sum + received, 0)).toBe(
        member.bytes_in
      );
    }
  });
});

describe('what is said of a federation as a whole', () => {
  it('estimates the rest by the rounds that are finished', () => {
    const journal = new Journal(MIDDLE.number);
    const [second, third] = journal.rounds;
    const usual = (third?.begin.at ?? 0) - (second?.begin.at ?? 0);
    const spent = MIDDLE.at - (third?.begin.at ?? 0);
    const progress = progressOf(MIDDLE, MIDDLE.at);
    // Of four rounds two are over: one of them in the attempt before.
    expect(progress).toMatchObject({ finished: 2, round: 3, maxRounds: 4 });
    expect(progress?.median).toBeCloseTo(usual, 9);
    expect(progress?.remaining).toBeCloseTo(2 * usual - spent, 9);
    expect(headerProgress(MIDDLE, MIDDLE.at).left).toBe(progress?.remaining);
  });

  it.each([
    ['broken off', BROKEN],
    ['over', WHOLE]
  ] as const)('has no estimate when it is %s', (_, view) => {
    expect(progressOf(view, view.at + 60)?.remaining).toBeNull();
    expect(headerProgress(view, view.at + 60).left).toBeNull();
  });

  it('took from the start of its latest attempt to the end', () => {
    const reports = new Journal(WHOLE.number).reports;
    const [start, end] = [reports[0], reports[reports.length - 1]];
    expect(progressOf(WHOLE, WHOLE.at + 60)?.elapsed).toBeCloseTo(
      (end?.at ?? 0) - (start?.at ?? 0),
      9
    );
  });

  it('has a slowest node: by the median of the rounds in which it counted', () => {
    const journal = new Journal(WHOLE.number);
    const usual = nodesOf(WHOLE)
      .map(node => {
        const times = journal.rounds
          .filter(({ round }) => !(round === 3 && node === 'holder-c'))
          .map(({ nonce, round }) =>
            journal.trained(node, nonce, round, WHOLE.at)
          )
          .filter(time => time > 0);
        return { node, seconds: median(times) ?? 0 };
      })
      .sort((a, b) => b.seconds - a.seconds);
    const slow = slowNode(WHOLE, WHOLE.at);
    expect(slow?.node).toBe(usual[0]?.node);
    expect(slow?.seconds).toBeCloseTo(usual[0]?.seconds ?? NaN, 5);
    const others = median(usual.slice(1).map(({ seconds }) => seconds)) ?? 0;
    expect(slow?.surplus).toBeCloseTo((usual[0]?.seconds ?? 0) - others, 5);
  });

  it('says how long a node usually trains: the median of earlier rounds', () => {
    const journal = new Journal(WHOLE.number);
    for (const member of WHOLE.members) {
      const times = journal
        .spans(member.node, 0, WHOLE.at)
        .filter(([{ body }]) => body.activity === 'training')
        .filter(([{ body }]) => body.round !== member.round)
        // What its process died over is no measure.
        .filter(([, , next]) => next?.kind === 'state')
        .map(([, time]) => time);
      expect(usually(member, 'training')).toBeCloseTo(median(times) ?? NaN, 5);
    }
  });
});
