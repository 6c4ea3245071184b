import { beforeEach, describe, expect, it, vi } from 'vitest';
import { HubError } from '../../src/hub/api';
import { FakeStore, fakeFederation, glance, overview } from './fakes';
import type { IFakeFederation } from './fakes';

let fake: IFakeFederation;

beforeEach(() => {
  fake = fakeFederation();
  fake.federation.start();
});

describe('Federation', () => {
  it('knows the tasks and the hub clock', () => {
    const { federation, server } = fake;
    server.last.stand();
    server.last.say(overview({ at: 5000, tasks: [glance('a'), glance('b')] }));
    server.last.say(
      overview({ tasks: [glance('a', { round: 2 })], removed: ['b'] })
    );
    expect([...federation.tasks.keys()]).toEqual(['a']);
    expect(federation.tasks.get('a')?.round).toBe(2);
    expect(federation.now()).toBe(5000);
    expect(federation.connection.state).toBe('open');
  });

  it('forgets tasks that went while it was away', () => {
    const { federation, server, clock } = fake;
    server.last.stand();
    server.last.say(overview({ tasks: [glance('a'), glance('b')] }));
    server.last.drop();
    clock.pass(1);
    server.last.stand();
    server.last.say(overview({ tasks: [glance('b')] }));
    expect([...federation.tasks.keys()]).toEqual(['b']);
  });

  it('says since when the hub is lost, and when it tries again', () => {
    const { federation, server } = fake;
    server.last.stand();
    server.last.say(overview({ at: 5000 }));
    server.last.drop();
    expect(federation.connection).toMatchObject({
      state: 'lost',
      since: 5000,
      retryAt: 5000.5
    });
  });

  it('asks for nothing while the page is hidden', () => {
    const { federation, server, page, clock } = fake;
    server.last.stand();
    page.show(false);
    expect(server.open).toEqual([]);
    expect(clock.pending).toBe(0);
    expect(federation.connection.state).toBe('asleep');
    page.show(true);
    server.last.stand();
    expect(federation.connection.state).toBe('open');
  });

  it('does not knock again where it is refused', async () => {
    const { federation, server, clock } = fake;
    server.answer = () => {
      throw new HubError('http', '403 Forbidden', 403);
    };
    server.last.drop();
    await settle();
    clock.pass(60);
    expect(federation.connection).toMatchObject({
      state: 'refused',
      message: '403 Forbidden'
    });
    expect(server.sockets).toHaveLength(1);
    federation.retry();
    expect(server.sockets).toHaveLength(2);
  });

  it('sees that the server has another version', async () => {
    const { federation, server, clock } = fake;
    server.answer = () => ({ release: '2' });
    server.last.stand();
    await settle();
    clock.pass(60);
    expect(federation.connection.state).toBe('outdated');
    expect(server.open).toEqual([]);
  });

  it.each([
    ['a frame that cannot be read', '{"op":"replay"}'],
    ['a refusal', '{"op":"refused","code":"invalid_request","message":"what?"}']
  ])('finds the other version behind %s', async (_, text) => {
    vi.spyOn(console, 'error').mockReturnValue();
    const { federation, server, clock } = fake;
    server.last.stand();
    await settle();
    expect(federation.connection.state).toBe('open');
    server.answer = () => ({ release: '2' });
    server.last.sayText(text);
    await settle();
    clock.pass(60);
    expect(federation.connection.state).toBe('outdated');
    expect(server.open).toEqual([]);
  });

  it('remembers which errors were seen, by hub', () => {
    const store = new FakeStore();
    for (const [hub, expected] of [
      ['h', [1, 2]],
      ['h', [2]],
      ['other', [1, 2]]
    ] as const) {
      const { federation, server } = fakeFederation(store);
      federation.start();
      server.last.stand(0, hub);
      server.last.say(overview({ tasks: [glance('a', { errors: [1, 2] })] }));
      expect(federation.unseenErrors('a')).toEqual(expected);
      federation.markSeen('a', [1]);
      expect(federation.unseenErrors('a')).toEqual([2]);
    }
  });
});

/** Let promises do what they will. */
async function settle(): Promise<void> {
  await new Promise(resolve => setTimeout(resolve, 0));
}
