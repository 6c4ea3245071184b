import { act, fireEvent } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { run } from '../../model/runs';
import { HEAD, strip, three, prepare, tidy } from './strips';

beforeEach(prepare);
afterEach(tidy);

describe('the window', () => {
  const at = (x: number, change = {}) => ({
    clientX: HEAD + x,
    button: 0,
    buttons: 1,
    pointerId: 1,
    ...change
  });
  const drag = (
    scroll: HTMLElement,
    lane: HTMLElement,
    from: number,
    to: number
  ) => {
    fireEvent.pointerDown(scroll, at(from));
    fireEvent.pointerMove(scroll, at(to));
    fireEvent.pointerUp(scroll, at(to, { buttons: 0 }));
    fireEvent.click(lane, { clientX: to });
  };
  const shown = () => {
    const found = strip(run(three));
    act(() => found.model.setWindow({ begin: 120, end: 140 }));
    return found;
  };

  it('shows what the view below shows', () => {
    const { all, model } = shown();
    expect(all('window').map(({ style }) => [style.left, style.width])).toEqual(
      [['120px', '120px']]
    );
    act(() => model.setWindow(null));
    expect(all('window')).toEqual([]);
  });

  it('takes the view along when it is dragged; the end of it is no click', () => {
    const { model, scroll, all } = shown();
    drag(scroll, all('lane')[0]!, 150, 210);
    expect(model.window).toEqual({ begin: 130, end: 150 });
    expect(model.moment).toEqual({ at: 140, seq: null });
    // The next click is one again.
    fireEvent.click(all('lane')[0]!, { clientX: 60 });
    expect(model.moment?.at).toBe(110);
  });

  it.each([
    ['end', 5000, { begin: 180, end: 200 }],
    ['beginning', -5000, { begin: 100, end: 120 }]
  ])('stays inside the run at its %s', (_, to, window) => {
    const { model, scroll, all } = shown();
    drag(scroll, all('lane')[0]!, 150, to);
    expect(model.window).toEqual(window);
  });

  it('stays where it is when the pointer hardly moves: that is a click', () => {
    const { model, scroll, all } = shown();
    drag(scroll, all('lane')[0]!, 150, 152);
    expect(model.window).toEqual({ begin: 120, end: 140 });
    expect(model.moment).toEqual({
      at: expect.closeTo(100 + 152 / 6, 6),
      seq: null
    });
  });

  it('is not dragged from beside it, nor with another button', () => {
    const { model, scroll, all } = shown();
    drag(scroll, all('lane')[0]!, 300, 400);
    fireEvent.pointerDown(scroll, at(150, { button: 2, buttons: 3 }));
    fireEvent.pointerMove(scroll, at(210, { button: 2, buttons: 3 }));
    expect(model.window).toEqual({ begin: 120, end: 140 });
  });

  it('is not dragged by a pointer whose button was let go elsewhere', () => {
    const { model, scroll } = shown();
    fireEvent.pointerDown(scroll, at(150));
    fireEvent.pointerMove(scroll, at(210, { buttons: 0 }));
    fireEvent.pointerMove(scroll, at(240));
    expect(model.window).toEqual({ begin: 120, end: 140 });
  });

  it.each<[boolean, number]>([
    [false, HEAD],
    [true, 128]
  ])('shows by the pointer where it can be dragged', (small, head) => {
    const { model, scroll } = strip(run(three), { small });
    act(() => model.setWindow({ begin: 120, end: 140 }));
    const grabs = [119, 121, 239, 241].map(x => {
      fireEvent.pointerMove(scroll, { clientX: head + x });
      return scroll.classList.contains('jp-mod-grab');
    });
    expect(grabs).toEqual([false, true, true, false]);
  });
});
