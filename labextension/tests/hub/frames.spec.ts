import { describe, expect, it } from 'vitest';
import { MalformedFrame, readFrame } from '../../src/hub/frames';

describe('readFrame', () => {
  it.each([
    { op: 'following', hub: 'h', number: 3 },
    { op: 'rows', rows: [], upto: 9 },
    { op: 'overview', number: 1, at: 2, tasks: [] },
    { op: 'refused', code: 'forbidden', message: 'no' }
  ])('takes what the hub says: $op', frame => {
    expect(readFrame(JSON.stringify(frame))).toEqual(frame);
  });

  it.each([
    ['no JSON', '<html>', /SyntaxError/],
    ['no object', '3', /no object/],
    ['null', 'null', /no object/],
    ['an op of another version', '{"op":"replay"}', /op is replay/],
    ['rows without their end', '{"op":"rows","rows":[]}', /upto/],
    ['rows that are no list', '{"op":"rows","rows":{},"upto":1}', /rows/],
    ['no op', '{}', /op is undefined/]
  ])('refuses %s, and says what it is', (_, text, reason) => {
    const read = (): unknown => readFrame(text);
    expect(read).toThrow(MalformedFrame);
    expect(read).toThrow(reason);
  });

  it('keeps the beginning of what came, no more', () => {
    const text = `{"op":"${'x'.repeat(1000)}"}`;
    try {
      readFrame(text);
      expect.unreachable();
    } catch (error) {
      expect((error as MalformedFrame).excerpt).toBe(text.slice(0, 200));
    }
  });

  it('says of binary data what it is', () => {
    expect(() => readFrame(new ArrayBuffer(2))).toThrow(MalformedFrame);
  });
});
