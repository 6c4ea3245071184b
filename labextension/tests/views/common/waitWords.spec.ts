import { describe, expect, it } from 'vitest';
import { ANYTHING, type IAwaited } from '../../../src/model/waits';
import {
  awaitedText,
  filled,
  waitPhrases
} from '../../../src/views/common/waitWords';
import { trans } from '../fixtures';
import { JOIN, message, stream } from '../../model/runs';

/** A wait for `b`, for three, or for anybody. */
function told(awaited: IAwaited, count: number): [string, string] {
  const { sentence, title, name } = waitPhrases(trans, awaited, count);
  const whom = count === 1 ? 'b' : `${count} nodes`;
  const { round } = awaited;
  const parts = [
    'a',
    whom,
    name ?? awaited.name,
    String(round),
    '9 s',
    `${count}`
  ];
  return [filled(sentence, parts), filled(title, parts)];
}

describe('a wait', () => {
  it.each([
    [ANYTHING, 0, 'for any message', 'for any message'],
    [ANYTHING, 1, 'for any message of b', 'for any message of b'],
    [message('my_event', 2), 0, 'for my_event', 'for my_event'],
    [message('my_event', 2), 1, 'for b: my_event', 'for b'],
    [stream('gradients', 2), 1, 'for b: gradients', 'for b'],
    [JOIN, 1, 'for b to check in', 'for b to check in'],
    [
      message('announce_task'),
      1,
      'for b to announce the task',
      'for b to announce the task'
    ],
    [
      message('sync_state', 2),
      1,
      'for b to start round 2',
      'for b to start round 2'
    ],
    [
      message('start_round', 2),
      1,
      'for b to start round 2',
      'for b to start round 2'
    ],
    [
      message('sync_state_response', 2),
      1,
      'for b to answer sync_state in round 2',
      'for b to answer in round 2'
    ],
    [
      message('close_round', 2),
      1,
      'for b to close round 2',
      'for b to close round 2'
    ],
    [
      stream('parameters', 2),
      1,
      'for the parameters of b in round 2',
      'for the parameters of b'
    ],
    [
      stream('update', 2),
      1,
      'for the update of b in round 2',
      'for the update of b'
    ],
    [
      stream('update', 2),
      3,
      'for the update of 3 nodes in round 2',
      'for 3 updates'
    ],
    // A message that is called like a stream is none.
    [message('update', 2), 1, 'for b: update', 'for b'],
    [message('constructor'), 1, 'for b: constructor', 'for b']
  ])('%j of %d', (awaited, count, sentence, title) => {
    expect(told(awaited, count)).toEqual([
      `a waits ${sentence}, 9 s.`,
      `Waits ${title}, 9 s`
    ]);
  });

  it('is filled in once: a name may look like a place', () => {
    expect(filled('%1 and %2', ['%2', 'b'])).toBe('%2 and b');
  });

  it.each([
    [ANYTHING, 'any message'],
    [JOIN, 'checkin'],
    [message('my_event'), 'my_event'],
    [message('my_event', 3), 'my_event of round 3'],
    [stream('update', 3), 'update of round 3'],
    [stream('parameters', 3), 'parameters of round 3'],
    [stream('gradients', 3), 'gradients of round 3']
  ])('is about %j', (awaited, text) => {
    expect(awaitedText(trans, awaited)).toBe(text);
  });
});
