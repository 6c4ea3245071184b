import { cleanup, fireEvent, render, screen } from '@testing-library/react';
import * as React from 'react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { namesOf } from '../../../src/views/common/hooks';
import { NodePicker } from '../../../src/views/common/NodePicker';
import { NodesBox } from '../../../src/views/logs/NodesBox';
import { node, run } from '../../model/runs';
import {
  drawAtOnce,
  fakeActions,
  foreignElements,
  HOSTILE,
  Live,
  show,
  trans
} from '../fixtures';

beforeEach(drawAtOnce);
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

/** `h0` to `h59`. */
const members = Array.from({ length: 60 }, (_, place) => node(`h${place}`));
const state = run(members);

const open = () =>
  fireEvent.click(screen.getByRole('button', { name: 'Find node' }));
const search = (text: string) =>
  fireEvent.change(screen.getByRole('searchbox', { name: 'Find node' }), {
    target: { value: text }
  });
const ids = () =>
  [...document.querySelectorAll('.jp-alphamed-NodeName-id')].map(
    id => id.textContent
  );
const boxes = () => [
  ...document.querySelectorAll<HTMLInputElement>('input[type=checkbox]')
];
/** Not by role: roles of many elements are slow to find out. */
const box = (id: string) => boxes()[ids().indexOf(id)]!;
const ticked = () =>
  boxes().flatMap((it, place) => (it.checked ? [ids()[place]] : []));

describe('NodePicker', () => {
  const picker = (picked: string[] = [], of = state, names = namesOf(of)) => {
    const onPick = vi.fn();
    render(
      <NodePicker
        members={of.members}
        picked={new Set(picked)}
        onPick={onPick}
        names={names}
        trans={trans}
      />
    );
    open();
    return onPick;
  };

  it('opens at its search box, with so many nodes as can be looked through', () => {
    picker();
    expect(document.activeElement).toBe(screen.getByRole('searchbox'));
    expect(ids()).toHaveLength(50);
  });

  it('has what is picked on top', () => {
    picker(['h57', 'h3']);
    expect(ids().slice(0, 3)).toEqual(['h3', 'h57', 'h0']);
    expect(ticked()).toEqual(['h3', 'h57']);
  });

  it('finds by part of an id, whatever its case, and by the number of a mark first', () => {
    picker();
    search(' H5');
    expect(ids()).toEqual([
      'h5',
      ...Array.from({ length: 10 }, (_, place) => `h5${place}`)
    ]);
    search('7');
    expect(ids()).toEqual(['h7', 'h17', 'h27', 'h37', 'h47', 'h57']);
    search('none of them');
    expect(ids()).toEqual([]);
  });

  it('finds an id whatever its own case, and puts the number that was typed first', () => {
    picker([], run([node('Site 1'), node('b')]));
    search('SITE');
    expect(ids()).toEqual(['Site 1']);
    search('1');
    expect(ids()).toEqual(['b', 'Site 1']);
  });

  it('picks', () => {
    const onPick = picker(['h3']);
    fireEvent.click(box('h4'));
    fireEvent.click(box('h3'));
    expect(onPick.mock.calls).toEqual([['h4'], ['h3']]);
    // Nobody said that one could be picked alone.
    expect(screen.queryByText('Only this node')).toBeNull();
  });

  it.each(HOSTILE)('shows an id as the text it is: %s', id => {
    const whole = { number: () => 0, short: (it: string) => it };
    picker([], run([node(id), node('b')]), whole);
    expect(ids()).toEqual([id, 'b']);
    expect(foreignElements(document)).toEqual([]);
  });
});

describe('NodesBox', () => {
  const nodesBox = (of = state) => {
    const shown = show(of, 150);
    const { model } = shown;
    render(
      <Live model={model}>
        {() => (
          <NodesBox
            model={model}
            actions={fakeActions()}
            trans={trans}
            run={model.shown!}
            names={namesOf(model.shown)}
          />
        )}
      </Live>
    );
    return model;
  };

  it('is not there where every node has a lane head', () => {
    nodesBox(run(members.slice(0, 12)));
    expect(screen.queryByRole('button')).toBeNull();
  });

  it('hides and shows a node, and says how many are shown', () => {
    const model = nodesBox();
    const button = screen.getByRole('button', { name: 'Find node' });
    expect(button.textContent).toBe('Find node');
    open();
    expect(screen.queryByText('Show all nodes')).toBeNull();
    fireEvent.click(box('h4'));
    expect([...model.hidden]).toEqual(['h4']);
    expect(button.textContent).toBe('Find node59 / 60');
    // The order stays, so that a second click takes the first one back.
    expect(ids()[4]).toBe('h4');
    fireEvent.click(box('h4'));
    expect(model.hidden.size).toBe(0);
  });

  it('shows one node alone, the same one again too, then another, then all', () => {
    const model = nodesBox();
    open();
    const only = (place: number) =>
      fireEvent.click(screen.getAllByText('Only this node')[place]!);
    only(2);
    expect(ticked()).toEqual(['h2']);
    only(2);
    expect(ticked()).toEqual(['h2']);
    only(9);
    expect(ticked()).toEqual(['h9']);
    expect(model.hidden.size).toBe(59);
    fireEvent.click(screen.getByText('Show all nodes'));
    expect(model.hidden.size).toBe(0);
  });
});
