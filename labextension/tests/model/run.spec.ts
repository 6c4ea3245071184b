import { describe, expect, it } from 'vitest';
import type { Interval, MemberChange } from '../../src/hub/protocol';
import { applyChange, applyMemory } from '../../src/model/run';
import { runChange } from '../federation/fakes';
import { member } from './runs';

const interval = (seq: number, end = 0): Interval => [
  'training',
  '',
  1,
  seq,
  end,
  seq
];

function change(
  node: string,
  intervals: Interval[] = [],
  from = 0
): MemberChange {
  return { node: member(node, { intervals }), intervals_from: from };
}

describe('applyChange', () => {
  it('orders members: those of the list first, then others as they came', () => {
    const first = applyChange(
      null,
      runChange({ members: [change('z'), change('y')] }),
      1,
      10
    );
    expect(first.members.map(({ node }) => node)).toEqual(['y', 'z']);
    const second = applyChange(
      first,
      runChange({ whole: false, members: [change('w'), change('x')] }),
      2,
      11
    );
    expect(second.members.map(({ node }) => node)).toEqual([
      'x',
      'y',
      'z',
      'w'
    ]);
    expect(second.number).toBe(2);
    expect(second.at).toBe(11);
  });

  it('keeps what did not change', () => {
    const first = applyChange(
      null,
      runChange({ members: [change('x'), change('y')] }),
      1,
      10
    );
    const second = applyChange(
      first,
      runChange({ whole: false, members: [change('y')] }),
      2,
      11
    );
    expect(second.members[0]).toBe(first.members[0]);
    expect(second.members[1]).not.toBe(first.members[1]);
    const third = applyChange(second, runChange({ whole: false }), 3, 12);
    expect(third.members).toBe(second.members);
    expect(third.nodes).toBe(second.nodes);
  });

  it('puts new intervals in the place of those that go on', () => {
    const first = applyChange(
      null,
      runChange({ members: [change('x', [interval(1, 2), interval(3)])] }),
      1,
      10
    );
    const second = applyChange(
      first,
      runChange({
        whole: false,
        members: [change('x', [interval(3, 4), interval(5)], 1)]
      }),
      2,
      11
    );
    expect(second.members[0]?.intervals).toEqual([
      interval(1, 2),
      interval(3, 4),
      interval(5)
    ]);
    const third = applyChange(
      second,
      runChange({ whole: false, members: [change('x', [], 3)] }),
      3,
      12
    );
    expect(third.members[0]?.intervals).toHaveLength(3);
  });

  it('forgets when it is told the whole, or of another run', () => {
    const first = applyChange(
      null,
      runChange({ members: [change('x', [interval(1)]), change('y')] }),
      1,
      10
    );
    const whole = applyChange(
      first,
      runChange({ members: [change('x')] }),
      2,
      11
    );
    expect(whole.members).toHaveLength(1);
    expect(whole.members[0]?.intervals).toEqual([]);
    const other = applyChange(
      first,
      runChange({ run: 2, whole: false, members: [change('y')] }),
      2,
      11
    );
    expect(other.members.map(({ node }) => node)).toEqual(['y']);
  });

  it('keeps the memory that was measured', () => {
    const first = applyMemory(applyChange(null, runChange(), 1, 10), { x: 5 });
    const second = applyChange(first, runChange({ whole: false }), 2, 11);
    expect(second.memory).toEqual({ x: 5 });
  });
});
