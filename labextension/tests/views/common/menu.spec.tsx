import { cleanup, fireEvent, render, screen } from '@testing-library/react';
import * as React from 'react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { MenuEntry } from '../../../src/views/common/Menu';
import { MenuButton } from '../../../src/views/common/Menu';
import { Popover } from '../../../src/views/common/Popover';
import { foreignElements, HOSTILE } from '../fixtures';

afterEach(cleanup);

function entries() {
  const runs = { open: vi.fn(), remove: vi.fn(), order: vi.fn() };
  const list: MenuEntry[] = [
    { title: 'Tasks' },
    { label: 'Open', run: runs.open },
    'line',
    {
      label: 'Remove',
      disabled: true,
      hint: 'it is going on',
      run: runs.remove
    },
    { label: 'Order', checked: true, run: runs.order }
  ];
  return { runs, list };
}

function open(list: readonly MenuEntry[]): HTMLElement {
  render(
    <MenuButton label="More" entries={() => list}>
      …
    </MenuButton>
  );
  const button = screen.getByRole('button', { name: 'More' });
  fireEvent.click(button);
  return button;
}

const press = (key: string) =>
  fireEvent.keyDown(document.activeElement ?? document.body, { key });
const focused = () => document.activeElement?.textContent;

describe('a menu', () => {
  it('opens with the focus on its first item', () => {
    const button = open(entries().list);
    expect(button.getAttribute('aria-expanded')).toBe('true');
    expect(screen.getByRole('menu').getAttribute('aria-label')).toBe('More');
    expect(focused()).toBe('Open');
  });

  it('is walked by arrows, round its ends, past headings and lines', () => {
    open(entries().list);
    const seen = ['ArrowDown', 'ArrowDown', 'ArrowDown', 'ArrowUp'].map(key => {
      press(key);
      return focused();
    });
    expect(seen).toEqual(['Removeit is going on', 'Order', 'Open', 'Order']);
    press('Home');
    expect(focused()).toBe('Open');
    press('End');
    expect(focused()).toBe('Order');
  });

  it('finds what begins with the letter typed, the next one first', () => {
    open([
      ...entries().list,
      { label: 'Open the folder', run: () => undefined }
    ]);
    const seen = ['o', 'o', 'O', 'r', 'x'].map(key => {
      press(key);
      return focused();
    });
    expect(seen).toEqual([
      'Order',
      'Open the folder',
      'Open',
      'Removeit is going on',
      'Removeit is going on'
    ]);
  });

  it.each(['Escape', 'Tab'])('is left with %s, back to its button', key => {
    const { list, runs } = entries();
    const button = open(list);
    const outer = vi.fn();
    document.addEventListener('keydown', outer);
    press(key);
    document.removeEventListener('keydown', outer);
    expect(screen.queryByRole('menu')).toBeNull();
    expect(button.getAttribute('aria-expanded')).toBe('false');
    expect(document.activeElement).toBe(button);
    expect(runs.open).not.toHaveBeenCalled();
  });

  it('closes before it runs what was chosen', () => {
    const { list, runs } = entries();
    const button = open(list);
    let focusThen: Element | null = null;
    runs.open.mockImplementation(() => (focusThen = document.activeElement));
    fireEvent.click(screen.getByRole('menuitem', { name: 'Open' }));
    expect(runs.open).toHaveBeenCalledTimes(1);
    // What it opens may take the focus, and must not lose it again.
    expect(focusThen).toBe(button);
    expect(screen.queryByRole('menu')).toBeNull();
  });

  it('does nothing for what is disabled, and says why', () => {
    const { list, runs } = entries();
    open(list);
    const item = screen.getByRole('menuitem', { name: /^Remove/ });
    expect(item.getAttribute('aria-disabled')).toBe('true');
    expect(item.textContent).toContain('it is going on');
    fireEvent.click(item);
    expect(runs.remove).not.toHaveBeenCalled();
    expect(screen.getByRole('menu')).toBeTruthy();
  });

  it('says which choice holds', () => {
    open(entries().list);
    const choice = screen.getByRole('menuitemradio', { name: 'Order' });
    expect(choice.getAttribute('aria-checked')).toBe('true');
  });

  it('closes with a press elsewhere, not with one inside or on its button', () => {
    const button = open(entries().list);
    fireEvent.pointerDown(screen.getByText('Tasks'));
    fireEvent.pointerDown(button);
    expect(screen.getByRole('menu')).toBeTruthy();
    fireEvent.pointerDown(document.body);
    expect(screen.queryByRole('menu')).toBeNull();
  });

  it('closes with a second click on its button, and no row below takes a click', () => {
    const row = vi.fn();
    render(
      <div onClick={row}>
        <MenuButton label="More" entries={() => entries().list}>
          …
        </MenuButton>
      </div>
    );
    const button = screen.getByRole('button', { name: 'More' });
    fireEvent.click(button);
    expect(screen.getByRole('menu')).toBeTruthy();
    fireEvent.click(button);
    expect(screen.queryByRole('menu')).toBeNull();
    expect(row).not.toHaveBeenCalled();
  });

  it.each(HOSTILE)('shows a label as the text it is: %s', text => {
    open([{ title: text }, { label: text, hint: text, run: () => undefined }]);
    expect(screen.getAllByText(text)).toHaveLength(3);
    expect(foreignElements(document)).toEqual([]);
  });
});

describe('a popover', () => {
  const popover = () => {
    render(
      <Popover title="Find node" label="Find">
        {close => (
          <button type="button" onClick={close}>
            done
          </button>
        )}
      </Popover>
    );
    const button = screen.getByRole('button', { name: 'Find node' });
    fireEvent.click(button);
    return button;
  };

  it('opens and closes with its button', () => {
    const button = popover();
    expect(button.getAttribute('aria-expanded')).toBe('true');
    fireEvent.click(button);
    expect(screen.queryByText('done')).toBeNull();
    expect(button.getAttribute('aria-expanded')).toBe('false');
  });

  it.each([
    [
      'Escape',
      () => fireEvent.keyDown(screen.getByText('done'), { key: 'Escape' })
    ],
    ['what it holds', () => fireEvent.click(screen.getByText('done'))]
  ])('is closed by %s, back to its button', (_, leave) => {
    const button = popover();
    leave();
    expect(screen.queryByText('done')).toBeNull();
    expect(document.activeElement).toBe(button);
  });

  it('keeps Escape to itself only while it is open', () => {
    const outer = vi.fn();
    render(
      <div onKeyDown={outer}>
        <Popover title="Find node" label="Find">
          inside
        </Popover>
      </div>
    );
    const button = screen.getByRole('button');
    fireEvent.click(button);
    fireEvent.keyDown(button, { key: 'Escape' });
    expect(outer).not.toHaveBeenCalled();
    fireEvent.keyDown(button, { key: 'Escape' });
    expect(outer).toHaveBeenCalledTimes(1);
  });

  it('closes with a press elsewhere, not with one inside', () => {
    popover();
    fireEvent.pointerDown(screen.getByText('done'));
    expect(screen.getByText('done')).toBeTruthy();
    fireEvent.pointerDown(document.body);
    expect(screen.queryByText('done')).toBeNull();
  });
});
