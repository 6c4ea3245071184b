import { fireEvent, screen } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { NodeView } from '../../../src/hub/protocol';
import {
  absent,
  attempt,
  failed,
  node,
  round,
  run,
  span
} from '../../model/runs';
import { foreignElements, HOSTILE } from '../fixtures';
import { NOW, strip, three, prepare, tidy } from './strips';

beforeEach(prepare);
afterEach(tidy);

describe('a lane head', () => {
  it('is a toggle button that says who and how', () => {
    const { model } = strip(run(three));
    const heads = screen.getAllByRole('button');
    expect(heads.map(head => head.getAttribute('aria-label'))).toEqual([
      'agg, node 0, aggregator, waiting 4 s',
      'b, node 1, data holder, training 40 s',
      'c, node 2, not up'
    ]);
    expect(heads.map(head => head.getAttribute('aria-pressed'))).toEqual([
      'true',
      'true',
      'true'
    ]);
    fireEvent.click(heads[1]!);
    expect([...model.hidden]).toEqual(['b']);
    expect(heads[1]?.getAttribute('aria-pressed')).toBe('false');
    fireEvent.click(heads[1]!);
    expect([...model.hidden]).toEqual([]);
  });

  it('shows one node alone with Alt, and again all', () => {
    const { model } = strip(run(three));
    const head = screen.getByRole('button', { name: /^b,/ });
    fireEvent.click(head, { altKey: true });
    expect([...model.hidden]).toEqual(['agg', 'c']);
    fireEvent.click(head, { altKey: true });
    expect([...model.hidden]).toEqual([]);
  });

  it('of a single node cannot hide it', () => {
    const { model } = strip(run([node('only')]));
    const head = screen.getByRole<HTMLButtonElement>('button');
    expect(head.disabled).toBe(true);
    fireEvent.click(head);
    expect(model.hidden.size).toBe(0);
  });

  it('says how old the state is once the hub is lost', () => {
    strip(run(three), { lostSince: 170 });
    expect(
      screen.getByRole('button', { name: 'b, node 1, data holder, 30 s ago' })
    ).toBeTruthy();
  });

  it('has an icon alone for the state where there is little room, and is spoken of as before', () => {
    strip(run(three), { small: true });
    const head = screen.getByRole('button', {
      name: 'b, node 1, data holder, training 40 s'
    });
    expect(head.querySelector('.jp-alphamed-Strip-state')?.textContent).toBe(
      ''
    );
    expect(head.querySelector('.jp-alphamed-Strip-state svg')).not.toBeNull();
  });

  it.each(HOSTILE)('shows an id as the text it is: %s', id => {
    const { container } = strip(
      run([node(id, { activity: 'custom', detail: id }), node('b')])
    );
    expect(screen.getAllByText(id).length).toBeGreaterThan(0);
    expect(foreignElements(container)).toEqual([]);
  });
});

describe('a lane', () => {
  it('leads to the moment that is clicked', () => {
    const { model, all } = strip(run(three));
    fireEvent.click(all('lane')[1]!, { clientX: 150 });
    expect(model.moment).toEqual({ at: 125, seq: null });
    expect(all('moment')[0]?.style.left).toBe('150px');
    fireEvent.click(all('lane')[0]!, { clientX: 9000 });
    expect(model.moment?.at).toBe(NOW);
  });

  it('has bars that say what, how long and in which round', () => {
    const { container } = strip(
      run([
        node('a', {
          intervals: [
            span('training', 110, 130, { round: 2 }),
            span('sending', 130, 0, { round: 0 })
          ],
          error_times: [140]
        }),
        absent('c')
      ])
    );
    const bars = [
      ...container.querySelectorAll<HTMLElement>('.jp-alphamed-bar')
    ];
    expect(
      bars.map(bar => [bar.title, bar.style.left, bar.style.width])
    ).toEqual([
      ['training, 20 s, round 2', '60px', '120px'],
      ['sending, 1 min 10 s', '180px', '420px'],
      ['never started in this task', '0px', '600px']
    ]);
    expect(
      container.querySelector<HTMLElement>('.jp-alphamed-Strip-tick')?.style
        .left
    ).toBe('240px');
  });

  it('grows with the run', () => {
    const { container, tell } = strip(
      run([node('a', { intervals: [span('training', 110, 130)] })])
    );
    const count = () => container.querySelectorAll('.jp-alphamed-bar').length;
    expect(count()).toBe(1);
    tell(
      run([
        node('a', {
          intervals: [span('training', 110, 130), span('sending', 130)]
        })
      ]),
      NOW
    );
    expect(count()).toBe(2);
  });

  it('stands below the rounds, which are named where there is room', () => {
    const rounds = [round(1, 110, 150), round(2, 150, 152), round(3, 152)];
    const { all } = strip(run(three, { attempts: [attempt({ rounds })] }));
    expect(all('round').map(line => line.style.left)).toEqual([
      '60px',
      '300px',
      '312px'
    ]);
    expect(all('axis')[0]?.textContent).toMatch(/^R1R2\d\d:\d\d:\d\d$/);
  });
});

describe('many nodes', () => {
  const many = (change: (place: number) => NodeView): NodeView[] =>
    Array.from({ length: 60 }, (_, place) => change(place));

  it('have a lane per state, and one for each of up to four in trouble', () => {
    const { model, all } = strip(
      run(
        many(place =>
          place % 10 === 3
            ? failed(`n${place}`, 'ValueError', 'x')
            : node(`n${place}`, { intervals: [span('training', 110)] })
        )
      )
    );
    expect(
      screen.getAllByRole('img').map(head => head.getAttribute('aria-label'))
    ).toEqual(
      expect.arrayContaining(['training: 54 nodes', 'failed: 6 nodes'])
    );
    const heads = screen.getAllByRole('button');
    expect(
      heads.map(head => head.getAttribute('aria-label')?.split(',')[0])
    ).toEqual(['n3', 'n13', 'n23', 'n33']);
    // A lane of a state leads to a moment, as all do.
    fireEvent.click(all('lane')[0]!, { clientX: 300 });
    expect(model.moment?.at).toBe(150);
  });

  it('have a lane each up to twelve', () => {
    strip(run(many(place => node(`n${place}`)).slice(0, 12)));
    expect(screen.getAllByRole('button')).toHaveLength(12);
    expect(screen.queryAllByRole('img')).toEqual([]);
  });
});
