import { describe, expect, it } from 'vitest';
import { awaitedOf, isStream } from '../../src/model/awaits';

describe('awaitedOf', () => {
  it.each([
    ['checkin', 'checkin', 0, 'checkin'],
    ['sync_state of round 1', 'start', 1, 'sync_state'],
    ['sync_state_response of round 12', 'answer', 12, 'sync_state_response'],
    ['update of round 3', 'update', 3, 'update'],
    ['any message of task t', 'any', 0, 'any message of task t'],
    ['', 'any', 0, ''],
    // Of no round: what it is called is all that is known.
    ['update', 'other', 0, 'update'],
    ['my_event, other', 'other', 0, 'my_event, other'],
    ['constructor', 'other', 0, 'constructor']
  ])('%s', (what, kind, round, name) => {
    expect(awaitedOf(what)).toEqual({ kind, round, name });
  });

  it('knows streams', () => {
    expect(isStream(awaitedOf('update of round 3'))).toBe(true);
    expect(isStream(awaitedOf('checkin'))).toBe(false);
  });
});
