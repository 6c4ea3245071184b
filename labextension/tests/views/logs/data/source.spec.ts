import { afterEach, describe, expect, it } from 'vitest';

import { HubError } from '../../../../src/hub/errors';
import { NO_TEXT } from '../../../../src/model/filters';
import { LogSource, type IWish } from '../../../../src/views/logs/data/source';
import { FakeHub, settle } from '../fixtures';

const OPEN: IWish = {
  task: 't',
  run: 1,
  scope: { nodes: null, without: [], levels: null },
  text: NO_TEXT,
  cleared: 0,
  asOf: null
};

let source: LogSource;

afterEach(() => source.dispose());

async function begin(hub: FakeHub, wish: Partial<IWish> = {}) {
  source = new LogSource(hub.model());
  source.ask({ ...OPEN, ...wish });
  await settle();
  return source;
}

function seqs(): (number | undefined)[] {
  return Array.from({ length: source.count }, (_, at) => source.at(at)?.seq);
}

/** What the rows should be. */
function wanted(hub: FakeHub): number[] {
  return hub.rows.map(row => row.seq);
}

describe('LogSource', () => {
  it('holds a small run whole', async () => {
    const hub = new FakeHub(700);
    await begin(hub);
    expect(source.state).toBe('ready');
    expect(seqs()).toEqual(wanted(hub));
    expect(source.complete).toBe(true);
  });

  it('holds only the newest of a large one, and fetches what is seen', async () => {
    const hub = new FakeHub(20_000);
    await begin(hub);
    expect(source.count).toBe(20_000);
    expect(source.loaded).toBeLessThan(3000);
    expect(source.at(19_999)?.seq).toBe(hub.number);
    expect(source.at(100)).toBeUndefined();
    source.want(90, 130);
    await settle(80);
    expect(source.at(100)?.body.text).toBe('line 100');
  });

  it('appends what comes, without gap or repetition', async () => {
    const hub = new FakeHub(10);
    let open: () => void = () => undefined;
    hub.gate = new Promise(resolve => (open = resolve));
    source = new LogSource(hub.model());
    source.ask(OPEN);
    await settle();
    hub.grow(5); // after the hub has counted, before anybody follows
    open();
    await settle();
    hub.grow(7);
    hub.handlers?.rows(hub.rows.slice(-3), hub.number, 0); // again
    await settle();
    expect(seqs()).toEqual(wanted(hub));
    expect(hub.follows).toBe(1);
  });

  it('counts what came while nobody followed', async () => {
    const hub = new FakeHub(10);
    await begin(hub);
    hub.grow(3);
    await settle();
    expect(source.fresh).toBe(3);
    source.followed = true;
    hub.grow(3);
    await settle();
    expect(source.fresh).toBe(0);
  });

  it('leaves places for what the feed skipped', async () => {
    const hub = new FakeHub(1000);
    await begin(hub);
    hub.grow(2000, 1990);
    expect(source.count).toBe(3000);
    expect(source.at(2999)?.seq).toBe(hub.number);
    expect(source.at(1500)).toBeUndefined();
    source.want(1490, 1510);
    await settle(80);
    expect(source.at(1500)?.body.text).toBe('line 1500');
  });

  it('narrows to nodes and levels', async () => {
    const hub = new FakeHub(5000);
    await begin(hub);
    source.ask({
      ...OPEN,
      scope: { nodes: ['b'], without: [], levels: ['error'] }
    });
    await settle();
    expect(source.count).toBe(500);
    hub.grow(100);
    expect(source.count).toBe(510);
    hub.grow(1000, 990); // how many of the skipped ones match only the hub knows
    await settle();
    expect(source.count).toBe(610);
    source.want(600, 610);
    await settle(80);
    expect(source.at(609)?.body.text).toBe('line 6099');
    expect(hub.follows).toBe(1);
  });

  it('leaves places for what was skipped when it widens again', async () => {
    const hub = new FakeHub(300);
    await begin(hub);
    source.ask({
      ...OPEN,
      scope: { nodes: ['a'], without: [], levels: null }
    });
    await settle();
    hub.grow(50, 40);
    await settle();
    source.ask(OPEN);
    await settle();
    expect(seqs()).toEqual(wanted(hub));
  });

  it('answers from what it holds when that is all', async () => {
    const hub = new FakeHub(300);
    await begin(hub);
    hub.gate = new Promise(() => undefined); // the hub says nothing any more
    source.ask({
      ...OPEN,
      scope: { nodes: ['a'], without: [], levels: null },
      cleared: 201
    });
    await settle();
    expect(source.state).toBe('ready');
    expect(source.count).toBe(99);
  });

  it('shows what came while the hub refused to count', async () => {
    const hub = new FakeHub(300);
    await begin(hub);
    let open: () => void = () => undefined;
    hub.gate = new Promise(resolve => (open = resolve));
    hub.fails = true;
    source.ask({
      ...OPEN,
      scope: { nodes: ['a'], without: [], levels: null }
    });
    await settle();
    hub.grow(10);
    open();
    await settle();
    hub.grow(10);
    await settle();
    expect(seqs()).toEqual(
      hub.rows.filter(({ node }) => node === 'a').map(({ seq }) => seq)
    );
  });

  it('shows nothing when everything is filtered out', async () => {
    const hub = new FakeHub(300);
    await begin(hub, { scope: { nodes: [], without: [], levels: null } });
    hub.grow(10);
    await settle();
    expect(source.state).toBe('ready');
    expect(source.count).toBe(0);
    source.ask(OPEN);
    await settle();
    expect(seqs()).toEqual(wanted(hub));
  });

  it('hides what was cleared, and what is after a number', async () => {
    const hub = new FakeHub(3000);
    await begin(hub, { cleared: 2001, asOf: 4001 });
    expect(source.at(0)?.seq ?? hub.rows[1001]!.seq).toBe(2003);
    expect(source.count).toBe(1000);
    hub.grow(5);
    expect(source.count).toBe(1000);
    source.ask({ ...OPEN, cleared: hub.number });
    await settle();
    expect(source.count).toBe(0);
    hub.grow(2);
    expect(source.count).toBe(2);
    source.ask(OPEN);
    await settle();
    expect(source.count).toBe(3007);
  });

  it('finds a record far away, by number and by time', async () => {
    const hub = new FakeHub(50_000);
    await begin(hub);
    expect(await source.reveal(201)).toBe(100);
    expect(source.at(100)?.seq).toBe(201);
    expect(await source.reveal(202)).toBeNull();
    expect(await source.near(40_002)).toBe(20_001);
    expect(await source.indexAt(12_345.5)).toBe(12_346);
    expect(await source.indexAt(1e9)).toBe(49_999);
    expect(await source.indexAt(-1)).toBe(0);
  });

  it('says that the hub is away, and comes back', async () => {
    const hub = new FakeHub(10);
    hub.fails = true;
    await begin(hub);
    expect(source.state).toBe('failed');
    expect(source.message).toBe('away');
    hub.fails = false;
    source.retry();
    await settle();
    expect(seqs()).toEqual(wanted(hub));
  });

  it.each([
    ['a page that is seen', (at: number) => source.want(at, at + 40)],
    ['a limit', (at: number) => source.ask({ ...OPEN, cleared: at })]
  ])(
    'says what the hub refuses, but not that it is away: %s',
    async (_, ask) => {
      const hub = new FakeHub(20_000);
      await begin(hub);
      hub.fails = true;
      ask(2001);
      await settle(80);
      expect(source.fault).toBeNull();
      hub.failure = new HubError('invalid_request', 'no such thing', 400);
      ask(5001);
      await settle(80);
      expect(source.fault).toBe('no such thing');
      expect(source.count).toBe(20_000);
      hub.fails = false;
      source.retry();
      expect(source.fault).toBeNull();
      await settle(80);
      expect(source.fault).toBeNull();
    }
  );

  it('says what is wrong until it works again', async () => {
    const hub = new FakeHub(20_000);
    await begin(hub);
    hub.fails = true;
    hub.failure = new TypeError('our own fault');
    await expect(source.near(2001)).rejects.toThrow('our own fault');
    source.fail(hub.failure);
    expect(source.fault).toBe('our own fault');
    hub.fails = false;
    await source.near(2001);
    expect(source.fault).toBeNull();
  });

  it('begins anew for another run', async () => {
    const hub = new FakeHub(10);
    await begin(hub);
    source.ask({ ...OPEN, run: 2 });
    expect(source.count).toBe(0);
    await settle();
    expect(hub.follows).toBe(2);
  });
});

describe('with a text', () => {
  const text = { ...NO_TEXT, text: 'LINE 12' };

  it('shows the matches of what is loaded, and of what comes', async () => {
    const hub = new FakeHub(100);
    await begin(hub, { text });
    expect(seqs()).toEqual([25]);
    hub.grow(30);
    await settle();
    expect(source.count).toBe(11);
    expect(source.fresh).toBe(10);
    source.ask(OPEN);
    await settle();
    expect(source.count).toBe(130);
  });

  it('searches the hub where too little matches', async () => {
    const hub = new FakeHub(9000);
    await begin(hub, { text: { ...NO_TEXT, text: 'line 12' } });
    await settle(20);
    // 12, 120 to 129, 1200 to 1299: all in what was not loaded. First only until a screen is full.
    expect(source.count).toBe(100);
    expect(source.finder.search.state).toBe('idle');
    await source.finder.searchHub();
    expect(source.count).toBe(111);
    expect(source.at(0)?.body.text).toBe('line 12');
    expect(source.indexOf(source.at(50)!.seq)).toBe(50);
    expect(source.finder.search.state).toBe('done');
  });

  it('finds without what is excluded, in the hub too', async () => {
    const hub = new FakeHub(4000);
    await begin(hub, { text: { ...NO_TEXT, text: '1', exclude: true } });
    await source.finder.searchHub();
    await settle();
    expect(source.count).toBe(
      hub.rows.filter(row => !row.body.text.includes('1')).length
    );
  });

  it('keeps the last result when an expression is wrong', async () => {
    const hub = new FakeHub(100);
    await begin(hub, { text });
    source.ask({ ...OPEN, text: { ...NO_TEXT, text: '(', regex: true } });
    await settle();
    expect(source.finder.problem?.kind).toBe('invalid');
    expect(seqs()).toEqual([25]);
  });

  it('tells by how much older matches move the rows', async () => {
    const hub = new FakeHub(9000);
    await begin(hub, { text: { ...NO_TEXT, text: 'line 8' } });
    await settle(20);
    const top = source.at(0)!.seq;
    source.finder.anchor = top;
    const before = source.finder.shifted;
    await source.finder.searchHub();
    expect(source.at(source.finder.shifted - before)?.seq).toBe(top);
  });

  it('says why the hub did not search', async () => {
    const hub = new FakeHub(9000);
    await begin(hub);
    hub.fails = true;
    source.ask({ ...OPEN, text: { ...NO_TEXT, text: 'nowhere' } });
    await settle(20);
    expect(source.finder.search).toMatchObject({
      state: 'failed',
      message: 'away'
    });
  });
});
