import { describe, expect, it } from 'vitest';
import { drawChain } from '../../src/model/chain';
import { waitChain } from '../../src/model/waits';
import type { IRunState } from '../../src/tokens';
import { absent, node, run, waiting, JOIN, message, stream } from './runs';

const draw = (state: IRunState) => drawChain(waitChain(state, 200), state);

describe('drawChain', () => {
  it('stands who must act at the right, in amber when it does not', () => {
    const drawing = draw(
      run([
        waiting('agg', ['c'], JOIN, 100),
        waiting('b', ['agg'], message('sync_state', 1), 100),
        absent('c')
      ])
    );
    const column = (key: string) =>
      drawing.boxes.find(box => box.key === key)?.column;
    expect([column('b'), column('agg'), column('c')]).toEqual([0, 1, 2]);
    expect(drawing.arrows).toMatchObject([
      { from: 'agg', to: 'c', awaited: JOIN, last: true },
      { from: 'b', to: 'agg', awaited: message('sync_state', 1), last: false }
    ]);
    expect(drawing.boxes.filter(box => box.stuck).map(box => box.key)).toEqual([
      'c'
    ]);
  });

  it('puts many that are alike into one box', () => {
    const holders = Array.from({ length: 97 }, (_, i) =>
      waiting(`n${i}`, ['agg'], message('close_round', 1), 100)
    );
    const drawing = draw(
      run([
        waiting('agg', ['x'], stream('update', 1), 100),
        node('x'),
        ...holders
      ])
    );
    expect(
      drawing.boxes.map(box => box.nodes.length).sort((a, b) => a - b)
    ).toEqual([1, 1, 97]);
    expect(drawing.arrows).toHaveLength(2);
  });

  it('ends with a cycle', () => {
    const drawing = draw(
      run([
        waiting('a', ['b'], message('m'), 100),
        waiting('b', ['a'], message('m'), 100)
      ])
    );
    expect(drawing.arrows).toHaveLength(2);
    expect(drawing.arrows.every(arrow => arrow.last)).toBe(true);
    expect(drawing.columns).toBe(2);
  });

  it('draws nothing of nothing', () => {
    expect(draw(run([node('a')]))).toEqual({
      boxes: [],
      arrows: [],
      columns: 0,
      rows: 0
    });
  });
});
