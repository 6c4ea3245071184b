import { describe, expect, it } from 'vitest';
import { ANYTHING, awaitedBy, waitChain } from '../../src/model/waits';
import { absent, node, run, waiting, JOIN, message, stream } from './runs';

describe('waitChain', () => {
  it('follows a wait to its end', () => {
    const state = run([
      waiting('agg', ['c'], JOIN, 100),
      waiting('b', ['agg'], message('sync_state', 1), 101),
      absent('c')
    ]);
    const chain = waitChain(state, 112);
    expect(chain.edges).toMatchObject([
      { from: 'agg', to: 'c', awaited: JOIN, since: 100 },
      { from: 'b', to: 'agg', awaited: message('sync_state', 1), since: 101 }
    ]);
    expect(chain.ends).toEqual(['c']);
    expect(chain.cycle).toEqual([]);
  });

  it('leaves out who has come', () => {
    const agg = waiting('agg', ['b', 'c'], stream('update', 1), 100);
    const wait = agg.wait;
    const state = run([
      { ...agg, wait: wait && { ...wait, arrived: ['b'] } },
      node('b'),
      node('c')
    ]);
    expect(waitChain(state, 110).ends).toEqual(['c']);
  });

  it('finds nodes that wait for each other, but not in the midst of an exchange', () => {
    const state = run([
      waiting('x', ['a'], message('m'), 100),
      waiting('a', ['b'], message('m'), 100),
      waiting('b', ['c'], message('m'), 100),
      waiting('c', ['a'], message('m'), 100)
    ]);
    expect(waitChain(state, 101).cycle).toEqual([]);
    expect(waitChain(state, 110).cycle).toEqual(['a', 'b', 'c']);
    expect(waitChain(state, 110).ends).toEqual([]);
  });

  it('takes a wait for anybody as one for those that never came', () => {
    const state = run([
      waiting('a', [], ANYTHING, 100),
      absent('b'),
      node('c')
    ]);
    expect(awaitedBy(state.members[0]!, state)).toEqual(['b']);
  });

  it('follows a thousand that wait in a row', () => {
    const members = Array.from({ length: 1000 }, (_, i) =>
      waiting(`n${i}`, [`n${(i + 1) % 1000}`], message('m'), 100)
    );
    expect(waitChain(run(members), 200).cycle).toHaveLength(1000);
  });

  it('forgets the waits of nodes that are not up', () => {
    const state = run([
      waiting('a', ['b'], message('m'), 100, { state: 'gone' }),
      node('b')
    ]);
    expect(waitChain(state, 200).edges).toEqual([]);
  });
});
