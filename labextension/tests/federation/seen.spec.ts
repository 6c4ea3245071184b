import { beforeEach, describe, expect, it, vi } from 'vitest';
import { SeenErrors } from '../../src/federation/seen';

const fault = vi.fn();

beforeEach(() => {
  localStorage.clear();
  fault.mockClear();
  vi.spyOn(console, 'error').mockImplementation(fault);
});

function opened(store: () => Pick<Storage, 'getItem' | 'setItem'>): SeenErrors {
  const seen = new SeenErrors(store);
  seen.open('hub');
  return seen;
}

describe('seen errors', () => {
  it('stay seen in another page of the browser, by hub', () => {
    opened(() => localStorage).add('t', [3], [3, 4]);
    const other = opened(() => localStorage);
    expect(other.unseen('t', [3, 4])).toEqual([4]);
    other.open('another hub');
    expect(other.unseen('t', [3, 4])).toEqual([3, 4]);
    expect(fault).not.toHaveBeenCalled();
  });

  it('are remembered by the page where the browser forbids it, which is said once', () => {
    const seen = opened(() => {
      throw new DOMException('no', 'SecurityError');
    });
    expect(seen.add('t', [3], [3, 4])).toBe(true);
    expect(seen.unseen('t', [3, 4])).toEqual([4]);
    expect(seen.add('t', [3], [3, 4])).toBe(false);
    expect(fault).toHaveBeenCalledOnce();
  });

  it('begin anew where what was kept is damaged, which is said', () => {
    localStorage.setItem('alphamed_nb:seen', '{"hub": ');
    const seen = opened(() => localStorage);
    expect(seen.unseen('t', [3])).toEqual([3]);
    expect(fault).toHaveBeenCalledOnce();
    seen.add('t', [3], [3]);
    expect(opened(() => localStorage).unseen('t', [3])).toEqual([]);
  });

  it('hide no other fault', () => {
    expect(() =>
      opened(() => {
        throw new TypeError('a mistake');
      })
    ).toThrow('a mistake');
  });
});
