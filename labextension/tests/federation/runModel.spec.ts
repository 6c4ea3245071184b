import { beforeEach, describe, expect, it } from 'vitest';
import { RunModel } from '../../src/federation/runModel';
import type { FakeSocket } from '../hub/fakes';
import { member } from '../model/runs';
import { fakeFederation, glance, overview, runChange } from './fakes';
import type { IFakeFederation } from './fakes';

let fake: IFakeFederation;
let counts: FakeSocket;

beforeEach(() => {
  fake = fakeFederation();
  fake.federation.start();
  counts = fake.server.last.stand();
});

/** A visible model, and the socket of its run. */
function open(state: ConstructorParameters<typeof RunModel>[1] = {}): RunModel {
  const model = new RunModel(fake.federation, state);
  model.setVisible(true);
  return model;
}

describe('RunModel', () => {
  it('shows the latest live task, else the latest', () => {
    counts.say(
      overview({
        tasks: [
          glance('old', { started: 1 }),
          glance('late', { started: 9, live: false })
        ]
      })
    );
    const model = open();
    expect(model.task).toBe('old');
  });

  it('goes over to a task that starts, unless it is pinned', () => {
    counts.say(overview({ tasks: [glance('a')] }));
    const model = open();
    const pinned = open();
    pinned.setPinned(true);
    counts.say(overview({ tasks: [glance('b', { started: 200 })] }));
    expect(model.task).toBe('b');
    expect(pinned.task).toBe('a');
  });

  it('stays with the task that was chosen while none starts', () => {
    counts.say(
      overview({ tasks: [glance('a'), glance('b', { started: 200 })] })
    );
    const model = open();
    model.select('a');
    counts.say(overview({ tasks: [glance('b', { started: 200, round: 3 })] }));
    expect(model.task).toBe('a');
    const restored = open(JSON.parse(JSON.stringify(model.toJSON())));
    expect(restored.task).toBe('a');
  });

  it('stays with a task that was chosen before any was known', () => {
    const model = open();
    model.select('b');
    counts.say(
      overview({
        tasks: [glance('a', { started: 9 }), glance('b', { started: 1 })]
      })
    );
    expect(model.task).toBe('b');
    counts.say(overview({ tasks: [glance('c', { started: 10 })] }));
    expect(model.task).toBe('c');
  });

  it('goes over to what starts once it is no longer pinned, and to nothing before', () => {
    counts.say(overview({ tasks: [glance('a')] }));
    const model = open();
    model.setPinned(true);
    counts.say(overview({ tasks: [glance('b', { started: 200 })] }));
    model.setPinned(false);
    expect(model.task).toBe('a');
    counts.say(overview({ tasks: [glance('c', { started: 300 })] }));
    expect(model.task).toBe('c');
  });

  it('begins anew where what was kept makes no sense', () => {
    const model = open({
      task: 7,
      run: 'x',
      view: 'none',
      hidden: 5,
      saved: 'y',
      newest: null
    } as never);
    expect(model.toJSON()).toEqual(open().toJSON());
    expect([...open({ hidden: ['a', 3] as never }).hidden]).toEqual(['a']);
  });

  it('asks only while it is visible', () => {
    counts.say(overview({ tasks: [glance('a')] }));
    const model = new RunModel(fake.federation);
    expect(fake.server.open).toEqual([counts]);
    model.setVisible(true);
    expect(fake.server.open).toHaveLength(2);
    fake.server.last.open();
    expect(fake.server.last.sent).toEqual([
      { op: 'watch', task: 'a', run: null, memory: false }
    ]);
    model.setVisible(false);
    expect(fake.server.open).toEqual([counts]);
  });

  it('keeps its run up to date', () => {
    counts.say(overview({ tasks: [glance('a')] }));
    const model = open();
    const socket = fake.server.last.stand();
    socket.say(
      overview({
        run: runChange({
          members: [
            { node: member('x'), intervals_from: 0 },
            { node: member('y'), intervals_from: 0 }
          ]
        })
      })
    );
    const before = model.shown;
    socket.say(
      overview({
        number: 2,
        run: runChange({
          whole: false,
          logs: 7,
          members: [{ node: member('y', { round: 1 }), intervals_from: 0 }]
        })
      })
    );
    expect(model.shown?.logs).toBe(7);
    expect(model.shown?.members[0]).toBe(before?.members[0]);
    expect(model.shown?.members[1]?.round).toBe(1);
  });

  it('shows a moment of the past, asked for once, and comes back', async () => {
    counts.say(overview({ tasks: [glance('a')] }));
    const model = open();
    fake.server.last.stand().say(overview({ run: runChange() }));
    fake.server.answer = () => ({
      number: 1,
      tasks: [{ task: 'a', runs: [{ ...runChange(), seq: 77 }] }]
    });
    const asked = () =>
      fake.server.requests.filter(({ path }) => path.includes('snapshot'))
        .length;
    model.setAsOf(1);
    await settle();
    expect(model.shown?.seq).toBe(77);
    model.setAsOf(null);
    expect(model.shown?.seq).toBe(1);
    model.setAsOf(1);
    expect(model.shown?.seq).toBe(77);
    expect(asked()).toBe(1);
  });

  it('shows no past of the task before', async () => {
    const errors: unknown[] = [];
    counts.say(overview({ tasks: [glance('a'), glance('b')] }));
    const model = new RunModel(fake.federation, {}, error =>
      errors.push(error)
    );
    model.setVisible(true);
    model.select('a');
    const socket = fake.server.last.stand();
    socket.say(overview({ run: runChange() }));
    const answers: ((answer: unknown) => void)[] = [];
    fake.server.answer = () => new Promise(resolve => answers.push(resolve));
    model.setAsOf(1);
    model.select('b');
    socket.say({ op: 'following', hub: 'h', number: 5 });
    socket.say(overview({ run: runChange({ task: 'b' }) }));
    model.setAsOf(1);
    const past = (task: string) => ({
      number: 1,
      tasks: [{ task, runs: [{ ...runChange({ task }), seq: 77 }] }]
    });
    answers[0]?.(past('a'));
    await settle();
    expect(model.shown).toMatchObject({ task: 'b', seq: 1 });
    answers[1]?.(past('b'));
    await settle();
    expect(model.shown).toMatchObject({ task: 'b', seq: 77 });
    // Nor does it tell, once closed, what could not be had.
    model.setAsOf(2);
    model.dispose();
    answers[2]?.({ number: 1, tasks: [] });
    await settle();
    expect(errors).toEqual([]);
  });

  it('comes back to live, and says why, when the past cannot be had', async () => {
    const errors: unknown[] = [];
    counts.say(overview({ tasks: [glance('a')] }));
    const model = new RunModel(fake.federation, {}, error =>
      errors.push(error)
    );
    model.setVisible(true);
    fake.server.last.stand().say(overview({ run: runChange() }));
    fake.server.answer = () => ({ number: 1, tasks: [] });
    model.setAsOf(1);
    await settle();
    expect(model.asOf).toBeNull();
    expect(errors).toHaveLength(1);
  });

  it('does not leave a moment of the past for a later run', () => {
    counts.say(overview({ tasks: [glance('a')] }));
    const model = open();
    const socket = fake.server.last.stand();
    socket.say(overview({ run: runChange() }));
    model.setAsOf(1);
    socket.say(overview({ run: runChange({ run: 2 }) }));
    expect(model.live?.run).toBe(1);
    model.setAsOf(null);
    expect(socket.sent).toHaveLength(2);
    socket.say({ op: 'following', hub: 'h', number: 5 });
    socket.say(overview({ run: runChange({ run: 2 }) }));
    expect(model.shown?.run).toBe(2);
  });

  it('shows one node, and all again', () => {
    counts.say(overview({ tasks: [glance('a')] }));
    const model = open();
    fake.server.last.stand().say(
      overview({
        run: runChange({
          members: ['x', 'y', 'z'].map(node => ({
            node: member(node),
            intervals_from: 0
          }))
        })
      })
    );
    model.soloNode('y');
    expect([...model.hidden]).toEqual(['x', 'z']);
    model.soloNode('y');
    expect([...model.hidden]).toEqual([]);
    model.toggleNode('x');
    expect([...model.hidden]).toEqual(['x']);
  });

  it('follows rows, sleeps with the model, and goes on where it stopped', () => {
    counts.say(overview({ tasks: [glance('a')] }));
    const model = open();
    const seen: number[] = [];
    model.follow(
      { after: 0, task: 'a', run: 1 },
      {
        following: () => undefined,
        rows: rows => seen.push(...rows.map(({ seq }) => seq))
      }
    );
    const row = (seq: number) =>
      ({ seq, at: 0, kind: 'hub', body: { text: '' } }) as const;
    fake.server.last
      .stand(2)
      .say({ op: 'rows', rows: [row(1), row(2)], upto: 2 });
    model.setVisible(false);
    expect(fake.server.open).toEqual([counts]);
    model.setVisible(true);
    const again = fake.server.open.find(socket => {
      socket.open();
      return socket.sent[0]?.op === 'follow';
    });
    expect(again?.sent[0]).toMatchObject({ after: 2 });
    expect(seen).toEqual([1, 2]);
  });
});

async function settle(): Promise<void> {
  await new Promise(resolve => setTimeout(resolve, 0));
}
