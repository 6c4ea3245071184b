import { describe, expect, it } from 'vitest';
import { markOf, nodeNumbers, shortId, shortIds } from '../../src/model/marks';

describe('markOf', () => {
  it('comes round after twelve, with another frame', () => {
    expect(markOf(0)).toEqual({ number: 0, colour: 0, frame: 'filled' });
    expect(markOf(11)).toMatchObject({ colour: 11, frame: 'filled' });
    expect(markOf(12)).toMatchObject({ colour: 0, frame: 'outlined' });
    expect(markOf(24)).toMatchObject({ colour: 0, frame: 'dashed' });
    expect(markOf(36)).toMatchObject({ colour: 0, frame: 'filled' });
    expect(markOf(999)).toMatchObject({ colour: 3, frame: 'dashed' });
  });
});

describe('nodeNumbers', () => {
  it('gives ids outside of the list the next free ones', () => {
    const numbers = nodeNumbers({
      nodes: ['a', 'b'],
      members: [{ node: 'x' }, { node: 'b' }, { node: 'y' }]
    });
    expect([...numbers]).toEqual([
      ['a', 0],
      ['b', 1],
      ['x', 2],
      ['y', 3]
    ]);
  });
});

describe('short ids', () => {
  const one = '1bb9feba-7b53-455b-b127-0eb19ffc9d3f';
  const two = '1bb9feba-7b54-455b-b127-0eb19ffc9d3f';

  it('cuts UUIDs, leaves short ids, shortens long ones in the middle', () => {
    expect(shortId(one)).toBe('1bb9feba');
    expect(shortId('医院-甲')).toBe('医院-甲');
    expect(shortId('a-very-long-node-name')).toBe('a-very-…e-name');
    expect(shortId('a-very-long-node-name')).toHaveLength(14);
  });

  it('lengthens both of two that collide', () => {
    const short = shortIds([one, two, 'x']);
    expect(short.get(one)).toBe('1bb9feba-7b53');
    expect(short.get(two)).toBe('1bb9feba-7b54');
    expect(short.get('x')).toBe('x');
  });

  it('ends with the same id twice', () => {
    expect(shortIds([one, one]).get(one)).toBe('1bb9feba');
  });

  it('tells long ids apart that differ only in the middle', () => {
    const ids = [
      `${'a'.repeat(20)}1${'b'.repeat(20)}`,
      `${'a'.repeat(20)}2${'b'.repeat(20)}`
    ];
    const short = shortIds(ids);
    expect(new Set(short.values()).size).toBe(2);
  });

  it('does not cut characters in two', () => {
    expect(shortId('🏥'.repeat(20))).toBe(
      `${'🏥'.repeat(7)}…${'🏥'.repeat(6)}`
    );
  });
});
