import { beforeEach, describe, expect, it, vi } from 'vitest';
import { Feed } from '../../src/hub/connection';
import type { Follow, Following, Row } from '../../src/hub/protocol';
import { FakeClock, FakeServer } from './fakes';

let server: FakeServer;
let clock: FakeClock;
let rows: number[];
let stood: { message: Following; anew: boolean }[];
let failures: number;

const OTHER: Follow = { op: 'follow', after: 7 };

beforeEach(() => {
  server = new FakeServer();
  clock = new FakeClock();
  rows = [];
  stood = [];
  failures = 0;
});

function follow(question: Partial<Follow> = {}): Feed {
  const feed = new Feed(
    server,
    { op: 'follow', after: 0, ...question },
    {
      following: (message, anew) => stood.push({ message, anew }),
      rows: message => rows.push(...message.rows.map(row => row.seq)),
      failed: () => {
        failures += 1;
      }
    },
    clock
  );
  feed.resume();
  return feed;
}

function row(seq: number): Row {
  return { seq, at: seq, kind: 'hub', body: { text: '' } };
}

function say(...seqs: number[]): void {
  const upto = seqs[seqs.length - 1]!;
  server.last.say({ op: 'rows', rows: seqs.map(row), upto });
}

describe('Feed', () => {
  it('asks, and hands on what comes', () => {
    const feed = follow();
    server.last.open();
    expect(server.last.sent).toEqual([{ op: 'follow', after: 0 }]);
    server.last.say({ op: 'following', hub: 'h', number: 9 });
    say(1, 2, 3);
    expect(feed.state).toBe('open');
    expect(rows).toEqual([1, 2, 3]);
    expect(stood).toEqual([
      { message: { op: 'following', hub: 'h', number: 9 }, anew: true }
    ]);
  });

  it.each([
    ['as soon as it stands', (feed: Feed) => feed.ask(OTHER)],
    [
      'when it is asked again',
      (feed: Feed) => {
        server.last.say({ op: 'following', hub: 'h', number: 9 });
        feed.ask(OTHER);
        feed.ask(OTHER);
        server.last.say({ op: 'following', hub: 'h', number: 9 });
        say(2);
      }
    ]
  ])('takes no answer to the question before for its own, %s', (_, act) => {
    const feed = follow();
    server.last.open();
    act(feed);
    expect(server.last.sent.slice(-1)).toEqual([OTHER]);
    if (feed.state !== 'open') {
      server.last.say({ op: 'following', hub: 'h', number: 9 });
      expect(feed.state).toBe('connecting');
    }
    say(1);
    expect(rows).toEqual([]);
    server.last.say({ op: 'following', hub: 'h', number: 9 });
    say(8);
    expect(feed.state).toBe('open');
    expect(rows).toEqual([8]);
    expect(clock.pending).toBe(0);
  });

  it('has no timer while it stands', () => {
    follow();
    server.last.stand();
    expect(clock.pending).toBe(0);
  });

  it('goes on after the last row it had', () => {
    const feed = follow();
    server.last.stand(3);
    say(1, 2, 3);
    server.last.drop();
    expect(feed.state).toBe('lost');
    expect(feed.retryAt).toBe(1000.5);
    clock.pass(0.5);
    server.last.open();
    expect(server.last.sent).toEqual([{ op: 'follow', after: 3 }]);
    server.last.say({ op: 'following', hub: 'h', number: 4 });
    say(4);
    expect(rows).toEqual([1, 2, 3, 4]);
    expect(stood.map(({ anew }) => anew)).toEqual([true, false]);
  });

  it('goes on from where it began when it was to hear only what is new', () => {
    follow({ after: null });
    server.last.stand(7);
    server.last.drop();
    clock.pass(1);
    server.last.open();
    expect(server.last.sent).toEqual([{ op: 'follow', after: 7 }]);
  });

  it('waits longer each time, up to 8 s, and begins anew once it stood', () => {
    const feed = follow();
    const waits: number[] = [];
    for (let attempt = 0; attempt < 6; attempt++) {
      server.last.drop();
      waits.push((feed.retryAt ?? 0) - clock.now());
      clock.pass(waits[attempt] ?? 0);
    }
    expect(waits).toEqual([0.5, 1, 2, 4, 8, 8]);
    expect(failures).toBe(6);
    server.last.stand();
    server.last.drop();
    expect((feed.retryAt ?? 0) - clock.now()).toBe(0.5);
    expect(failures).toBe(6);
  });

  it('tries at once when it is told to', () => {
    const feed = follow();
    server.last.drop();
    feed.retry();
    expect(server.sockets).toHaveLength(2);
    server.last.stand();
    clock.pass(60);
    expect(server.sockets).toHaveLength(2);
  });

  it('gives up a handshake that is never answered', () => {
    const feed = follow();
    clock.pass(10);
    expect(feed.state).toBe('lost');
    expect(server.sockets[0]?.closed).toBe(true);
    expect(failures).toBe(1);
  });

  it('does not retry what was refused', () => {
    const feed = follow();
    server.last.open();
    server.last.say({ op: 'refused', code: 'invalid_request', message: 'No.' });
    server.last.drop();
    clock.pass(60);
    expect(feed.state).toBe('refused');
    expect(feed.message).toBe('No.');
    expect(server.sockets).toHaveLength(1);
  });

  it('starts over with another journal', () => {
    follow();
    server.last.stand(3);
    say(1, 2, 3);
    server.last.drop();
    clock.pass(1);
    server.last.open();
    server.last.say({ op: 'following', hub: 'other', number: 2 });
    say(99);
    expect(
      server.last.sent.map(asked => 'after' in asked && asked.after)
    ).toEqual([3, 0]);
    server.last.say({ op: 'following', hub: 'other', number: 2 });
    say(1, 2);
    expect(rows).toEqual([1, 2, 3, 1, 2]);
    expect(stood.map(({ anew }) => anew)).toEqual([true, true]);
  });

  it('costs nothing while it is suspended, and then goes on', () => {
    const feed = follow();
    server.last.stand(2);
    say(1, 2);
    feed.suspend();
    expect(server.open).toEqual([]);
    expect(clock.pending).toBe(0);
    feed.resume();
    server.last.open();
    expect(server.last.sent).toEqual([{ op: 'follow', after: 2 }]);
  });

  it('asks a socket that was silent whether it still stands, without a row twice', () => {
    const feed = follow();
    server.last.stand(2);
    say(1, 2);
    clock.pass(60);
    feed.check();
    // On their way when the question was sent: they come again.
    say(3);
    server.last.say({ op: 'following', hub: 'h', number: 3 });
    say(3);
    expect(rows).toEqual([1, 2, 3]);
    expect(server.sockets).toHaveLength(1);
  });

  it('asks a socket that just spoke when it has been silent for a while', () => {
    const feed = follow();
    server.last.stand(2);
    say(1, 2);
    clock.pass(1);
    feed.check();
    clock.pass(1);
    feed.check();
    expect(server.last.sent).toHaveLength(1);
    say(3);
    clock.pass(2);
    expect(server.last.sent).toHaveLength(1);
    clock.pass(1);
    expect(server.last.sent).toHaveLength(2);
    clock.pass(5);
    expect(feed.state).toBe('lost');
    clock.pass(0.5);
    server.last.open();
    expect(server.last.sent).toEqual([{ op: 'follow', after: 3 }]);
  });

  it('asks at once when the clock was set back', () => {
    const feed = follow();
    server.last.stand(2);
    clock.time -= 3600;
    feed.check();
    expect(server.last.sent).toHaveLength(2);
  });

  it('leaves a socket that does not answer', () => {
    const feed = follow();
    server.last.stand(2);
    clock.pass(60);
    feed.check();
    clock.pass(5);
    expect(feed.state).toBe('lost');
    clock.pass(0.5);
    server.last.stand(2);
    expect(feed.state).toBe('open');
  });

  it('says what it cannot read, and asks again from the last row that it could: none is left out', () => {
    const told = vi.spyOn(console, 'error').mockReturnValue();
    const feed = follow();
    server.last.stand(5);
    say(1, 2);
    server.last.sayText('{"op":"rows","rows":[');
    expect(told).toHaveBeenCalledOnce();
    expect(String(told.mock.calls[0]![1])).toContain('SyntaxError');
    expect(feed.state).toBe('lost');
    expect(server.open).toEqual([]);
    clock.pass(1);
    server.last.open();
    expect(server.last.sent).toEqual([{ op: 'follow', after: 2 }]);
    server.last.say({ op: 'following', hub: 'h', number: 5 });
    say(3, 4, 5);
    expect(rows).toEqual([1, 2, 3, 4, 5]);
  });

  it('does not hurry back to a hub that it cannot read', () => {
    vi.spyOn(console, 'error').mockReturnValue();
    const feed = follow();
    const waits: number[] = [];
    for (let attempt = 0; attempt < 5; attempt++) {
      server.last.stand(5);
      server.last.sayText('?');
      waits.push((feed.retryAt ?? 0) - clock.now());
      clock.pass(waits[attempt]!);
    }
    expect(waits).toEqual([0.5, 1, 2, 4, 8]);
    server.last.stand(5);
    say(1);
    server.last.drop();
    expect(feed.retryAt).toBe(clock.now() + 0.5);
  });

  it('is silent once it is disposed', () => {
    const feed = follow();
    server.last.stand();
    feed.dispose();
    feed.resume();
    feed.retry();
    clock.pass(60);
    expect(server.open).toEqual([]);
    expect(server.sockets).toHaveLength(1);
  });
});
