import { describe, expect, it } from 'vitest';
import { problemsFirst } from '../../src/model/nodeOrder';
import { slowNodes, usually } from '../../src/model/nodeTimes';
import { failureText, statusOf } from '../../src/model/nodes';
import {
  absent,
  attempt,
  failed,
  node,
  round,
  run,
  span,
  waiting,
  message,
  stream
} from './runs';

describe('statusOf', () => {
  const name = (member: ReturnType<typeof node>) =>
    statusOf(member, run([member]), 150).name;

  it.each([
    ['not up', absent('a')],
    ['starting', node('a', { activity: null })],
    ['training', node('a')],
    ['custom', node('a', { activity: 'custom', detail: 'shuffling' })],
    ['waiting', waiting('a', ['b'], message('m'), 100)],
    ['failed', failed('a', 'ValueError', 'x')],
    ['gone', node('a', { state: 'gone', cause: 'connection lost' })],
    ['stopped', node('a', { state: 'stopped' })],
    ['finished', node('a', { state: 'ended', result: 'finished' })],
    ['finished', node('a', { state: 'ended' })],
    ['failed', node('a', { state: 'ended', result: 'failed' })]
  ] as const)('%s', (expected, member) => {
    expect(name(member)).toBe(expected);
  });

  it('knows since when, by the interval that goes on', () => {
    const member = node('a', {
      intervals: [span('waiting', 101, 110), span('training', 110)]
    });
    expect(statusOf(member, run([member]), 150).since).toBe(110);
  });

  it('dates a failure to when it failed', () => {
    const member = failed('a', 'ValueError', 'x');
    expect(statusOf(member, run([member]), 150).since).toBe(120);
  });

  it('says left out as long as that round is the latest', () => {
    const late = node('b', { round: 2 });
    const left = { left_out: [{ node: 'b', reason: 'late' }] };
    const during = run([late], {
      attempts: [
        attempt({ rounds: [round(1, 100, 110), round(2, 110, 0, left)] })
      ]
    });
    const after = run([{ ...late, round: 3 }], {
      attempts: [attempt({ rounds: [round(2, 110, 120, left), round(3, 120)] })]
    });
    expect(statusOf(late, during, 150).name).toBe('left out');
    expect(statusOf(after.members[0]!, after, 150).name).toBe('training');
  });

  it('calls a wait long when nobody works on it', () => {
    const agg = waiting('agg', ['b'], stream('update', 1), 100);
    const long = (other: ReturnType<typeof node>, now = 150) =>
      statusOf(agg, run([agg, other]), now).long;
    expect(long(node('b'))).toBe(false);
    expect(long(absent('b'))).toBe(true);
    expect(long(absent('b'), 105)).toBe(false);
    expect(long(waiting('b', ['agg'], message('m'), 100))).toBe(true);
  });
});

describe('failureText', () => {
  it('says the type once', () => {
    expect(failureText(failed('a', 'ValueError', 'batch of size 0'))).toBe(
      'ValueError: batch of size 0'
    );
    expect(failureText(failed('a', 'ValueError', 'ValueError: x'))).toBe(
      'ValueError: x'
    );
    expect(failureText(failed('a', 'KeyboardInterrupt', ''))).toBe(
      'KeyboardInterrupt'
    );
  });
});

describe('problemsFirst', () => {
  it('orders as everywhere', () => {
    const members = [
      node('finished', { state: 'ended', result: 'finished' }),
      node('working'),
      waiting('long', ['absent'], message('m'), 100),
      waiting('short', ['working'], message('m'), 149),
      absent('absent'),
      node('gone', { state: 'gone' }),
      failed('failed', 'E', ''),
      node('stopped', { state: 'stopped' })
    ];
    const order = problemsFirst(members, run(members), 150).map(
      member => member.node
    );
    expect(order).toEqual([
      'failed',
      'gone',
      'absent',
      'long',
      'working',
      'short',
      'finished',
      'stopped'
    ]);
  });
});

describe('slowNodes', () => {
  const trains = (id: string, begin: number, end = 0) =>
    node(id, { round: 1, intervals: [span('training', begin, end)] });
  const rounds = { attempts: [attempt({ rounds: [round(1, 100)] })] };

  it('takes over twice the median', () => {
    const members = [
      trains('a', 100, 102),
      trains('b', 100, 102),
      trains('c', 100)
    ];
    const slow = slowNodes(run(members, rounds), 110);
    expect(slow.median).toBe(2);
    expect([...slow.nodes]).toEqual([['c', 10]]);
  });

  it('counts nothing of an earlier attempt at the round', () => {
    const again = (id: string, end = 0) =>
      node(id, {
        round: 1,
        intervals: [span('training', 100, 150), span('training', 200, end)]
      });
    const members = [again('a', 202), again('b', 202), again('c')];
    const attempts = [
      attempt({ rounds: [round(1, 100, 150)] }),
      attempt({ begin: 190, rounds: [round(1, 195)] })
    ];
    const slow = slowNodes(run(members, { attempts }), 210);
    expect(slow.median).toBe(2);
    expect([...slow.nodes]).toEqual([['c', 10]]);
  });

  it('needs three nodes', () => {
    const members = [trains('a', 100, 102), trains('c', 100)];
    expect(slowNodes(run(members, rounds), 110).nodes.size).toBe(0);
  });
});

describe('usually', () => {
  const times = (round: number) => [
    span('training', 0, 4, { round: 1 }),
    span('sending', 4, 5, { round: 1 }),
    span('training', 10, 16, { round: 2 }),
    span('waiting', 16, 20, { round: 2 }),
    // It died over this one, and failed over the next.
    span('training', 20, 21, { round: 3 }),
    span('training', 22, 22.5, { round: 3 }),
    span('failed', 22.5, 23, { round: 3 }),
    span('training', 30, 45, { round }),
    span('waiting', 45, 46, { round }),
    span('training', 46, 0, { round })
  ];

  it('is the median of what is over of earlier rounds', () => {
    const member = node('a', { round: 4, intervals: times(4) });
    expect(usually(member, 'training')).toBe(5);
    expect(usually(member, 'testing')).toBeNull();
  });

  it('is of all that is over where no rounds are known', () => {
    const member = node('a', {
      round: 0,
      intervals: times(0).map(
        ([activity, detail, , begin, end, seq]) =>
          [activity, detail, 0, begin, end, seq] as const
      )
    });
    expect(usually(member, 'training')).toBe(6);
  });
});
