import { describe, expect, it } from 'vitest';

import { NO_TEXT } from '../../../src/model/filters';
import { LEVELS } from '../../../src/model/records';
import { bandsBefore } from '../../../src/views/logs/bands';
import { exportName, exportRecords } from '../../../src/views/logs/exporting';
import {
  FRESH,
  readReveal,
  readSaved,
  withCleared
} from '../../../src/views/logs/saved';
import { FakeHub } from './fixtures';

describe('what is saved', () => {
  it('is read with care', () => {
    expect(readSaved(undefined)).toEqual(FRESH);
    expect(readSaved({ text: 7, levels: ['info', 'x'], cleared: [] })).toEqual({
      ...FRESH,
      levels: ['info']
    });
    const saved = {
      text: { ...NO_TEXT, text: 'a', regex: true },
      levels: LEVELS,
      follow: false,
      cleared: { 't/1': 5 }
    };
    expect(readSaved(JSON.parse(JSON.stringify(saved)))).toEqual(saved);
    expect(readReveal({ seq: 4, nonce: 1 })).toEqual({ seq: 4, nonce: 1 });
    expect(readReveal({ seq: '4' })).toBeNull();
    expect(readReveal(null)).toBeNull();
  });

  it('remembers what was cleared, of so many runs', () => {
    let saved = FRESH;
    for (let run = 1; run <= 60; run++) {
      saved = withCleared(saved, `t/${run}`, run);
    }
    expect(Object.keys(saved.cleared)).toHaveLength(50);
    expect(saved.cleared['t/60']).toBe(60);
    expect(withCleared(saved, 't/60', 0).cleared['t/60']).toBeUndefined();
  });
});

describe('round bands', () => {
  const bands = [2, 10, 20, 21, 22, 23].map((seq, at) => ({
    round: at + 1,
    seq,
    begin: seq
  }));
  const rounds = (previous: number | null | undefined, seq: number) =>
    bandsBefore(bands, previous, seq).map(band => band.round);

  it('stand between the records around them', () => {
    expect(rounds(5, 12)).toEqual([2]);
    expect(rounds(12, 19)).toEqual([]);
    expect(rounds(12, 20)).toEqual([3]);
    expect(rounds(20, 25)).toEqual([4, 5, 6]);
  });

  it('are the latest one before the first record', () => {
    expect(rounds(null, 15)).toEqual([2]);
    expect(rounds(null, 1)).toEqual([]);
  });

  it('wait for the record before', () => {
    expect(rounds(undefined, 12)).toEqual([]);
  });
});

describe('export', () => {
  const wish = {
    task: 't',
    run: 1,
    scope: { nodes: ['a'], without: [], levels: null },
    text: NO_TEXT,
    after: 0,
    upto: 9000,
    first: 1,
    format: 'jsonl' as const
  };
  const never = new AbortController().signal;

  it('writes the whole run, page by page', async () => {
    const hub = new FakeHub(4500);
    const told: number[] = [];
    const file = await exportRecords(
      { lines: hub.lines, records: hub.records } as never,
      wish,
      async records => [...records],
      done => told.push(done),
      never
    );
    const lines = (await textOf(file)).trimEnd().split('\n');
    // The fake hub leaves nodes to us; half of them are a's.
    expect(lines).toHaveLength(2250);
    expect(JSON.parse(lines[0]!)).toMatchObject({ seq: 1, node: 'a' });
    expect(told.length).toBe(2);
    expect(told).toEqual([...told].sort());
  });

  it('can be cancelled', async () => {
    const hub = new FakeHub(4500);
    const controller = new AbortController();
    controller.abort();
    const file = await exportRecords(
      { records: hub.records } as never,
      wish,
      async records => [...records],
      () => undefined,
      controller.signal
    );
    expect(file).toBeNull();
  });

  it('has a name that every file system takes', () => {
    expect(exportName('医院 task/..\\x', 3, 'text')).toBe(
      '医院_task_.._x-run3-log.txt'
    );
  });
});

function textOf(file: Blob | null): Promise<string> {
  return new Promise(resolve => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.readAsText(file ?? new Blob());
  });
}
