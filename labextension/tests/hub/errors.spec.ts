import { describe, expect, it } from 'vitest';

import { HubError, isAway, messageOf } from '../../src/hub/errors';

describe('errors', () => {
  it('say whether the hub cannot be reached', () => {
    expect(isAway(new HubError('unreachable', 'no answer', 0))).toBe(true);
    expect(isAway(new HubError('hub_unreachable', 'not yet', 503))).toBe(true);
    expect(isAway(new HubError('http', 'Bad Gateway', 502))).toBe(true);
    expect(isAway(new HubError('malformed', 'no JSON', 0))).toBe(false);
    expect(isAway(new HubError('invalid_request', 'wrong', 400))).toBe(false);
    expect(isAway(new HubError('http', 'Forbidden', 403))).toBe(false);
    expect(isAway(new HubError('http', 'broken', 500))).toBe(false);
    expect(isAway(new TypeError('our own fault'))).toBe(false);
  });

  it('have words', () => {
    expect(messageOf(new HubError('http', 'wrong', 400))).toBe('wrong');
    expect(messageOf('as it is')).toBe('as it is');
  });
});
