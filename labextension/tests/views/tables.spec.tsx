/** Tables that keys walk through: which row is active, what is told of the whole, and what stays on screen. */

import { nullTranslator } from '@jupyterlab/translation';
import {
  act,
  cleanup,
  fireEvent,
  render,
  screen
} from '@testing-library/react';
import * as React from 'react';
import { VirtuosoMockContext } from 'react-virtuoso';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { situationOf } from '../../src/model/arrivals';
import { latestAttempt } from '../../src/model/attempts';
import { columnsOf } from '../../src/model/columns';
import { roundRows } from '../../src/model/diagramRows';
import { layOut } from '../../src/model/layOut';
import { MessageBook } from '../../src/model/messages';
import { roundsOf } from '../../src/model/rounds';
import { namesOf } from '../../src/views/common/hooks';
import {
  KeysContext,
  ViewKeys,
  type KeyName
} from '../../src/views/common/keys';
import {
  MessageTable,
  type IMessageTableProps
} from '../../src/views/messages/MessageTable';
import { RoundTable } from '../../src/views/rounds/RoundTable';
import { event } from '../model/messageRows';
import { threeRounds } from '../model/roundsfixture';
import { blankRun, member } from '../model/runs';

const trans = nullTranslator.load('alphamed_nb');
const COUNT = 200;
/** Rows on screen. */
const VISIBLE = 10;

let keys = new ViewKeys();
beforeEach(() => {
  keys = new ViewKeys();
});
afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
});

function press(...names: KeyName[]): boolean[] {
  return names.map(name => {
    let taken = false;
    act(() => {
      taken = keys.run(name);
    });
    return taken;
  });
}

/** Before the page could draw, or tell of its scrolling, in between. */
function pressAtOnce(...names: KeyName[]): void {
  act(() => names.forEach(name => keys.run(name)));
}

/** The element that the focused table says is active. */
function active(): HTMLElement | null {
  const id = screen.getByRole('grid').getAttribute('aria-activedescendant');
  return id === null ? null : document.getElementById(id);
}

const indexOf = (row: Element | null | undefined) =>
  row?.getAttribute('aria-rowindex');

describe('MessageTable', () => {
  const onSelect = vi.fn();
  const onOpen = vi.fn();
  const onFollow = vi.fn();
  const list = () =>
    document.querySelector<HTMLElement>('[data-virtuoso-scroller]')!;
  /** The first row on screen, from 0; the head is none. */
  const firstShown = () => list().scrollTop / 24;

  function Table(): JSX.Element {
    const [selected, setSelected] =
      React.useState<IMessageTableProps['selected']>(null);
    const [parts] = React.useState(makeParts);
    return (
      <KeysContext.Provider value={keys}>
        <VirtuosoMockContext.Provider
          value={{ viewportHeight: VISIBLE * 24, itemHeight: 24 }}
        >
          <MessageTable
            {...parts}
            selected={selected}
            onSelect={item => {
              onSelect(item);
              setSelected(item);
            }}
            onOpen={onOpen}
            following={false}
            onFollow={onFollow}
          />
        </VirtuosoMockContext.Provider>
      </KeysContext.Provider>
    );
  }

  /** A round, then as many messages. */
  function makeParts() {
    const book = new MessageBook();
    book.add(
      Array.from({ length: COUNT }, (_, place) =>
        event(place + 2, 10 + place / 10, 'a', ['b'], `message ${place + 1}`)
      )
    );
    const run = blankRun([member('a'), member('b')], { started: 9 });
    const attempts = [
      { ...latestAttempt(threeRounds())!, seq: 1, begin: 9.5 }
    ].map(attempt => ({
      ...attempt,
      rounds: attempt.rounds
        .slice(0, 1)
        .map(round => ({ ...round, seq: 1, begin: 9.5 }))
    }));
    const diagram = layOut(
      {
        items: book.items,
        rounds: roundRows(attempts),
        presences: [],
        waits: [],
        asOf: null,
        begin: 9,
        end: 30,
        live: false
      },
      { by: 'events', zoom: 1 }
    );
    const drawing = {
      columns: columnsOf(
        run.members,
        { hidden: new Set<string>(), keepHidden: false, picked: new Set() },
        900
      ),
      situation: situationOf(run, null, 40),
      roles: new Map<string, string>(),
      names: namesOf(run),
      now: 40,
      trans,
      by: 'events' as const
    };
    return { diagram, drawing };
  }

  beforeEach(() => {
    vi.clearAllMocks();
    vi.spyOn(Element.prototype, 'clientHeight', 'get').mockReturnValue(
      VISIBLE * 24
    );
    render(<Table />);
    screen.getByRole('grid').focus();
  });

  it('tells how many rows there are, not how many are drawn', () => {
    const grid = screen.getByRole('grid');
    expect(grid.getAttribute('aria-rowcount')).toBe(String(COUNT + 2));
    const rows = screen.getAllByRole('row');
    expect(rows.length).toBeLessThan(3 * VISIBLE);
    expect(rows.slice(0, 3).map(indexOf)).toEqual(['1', '2', '3']);
    expect(rows[1]!.textContent).toContain('Round 1');
    expect(rows[2]!.textContent).toContain('message 1');
  });

  it('arrow keys walk through messages and what stands between them', () => {
    press('down');
    expect(indexOf(active())).toBe('2');
    expect(active()?.textContent).toContain('Round 1');
    expect(active()?.hasAttribute('aria-selected')).toBe(false);
    press('down', 'down');
    expect(active()?.textContent).toContain('message 2');
    expect(active()?.getAttribute('aria-selected')).toBe('true');
    press('up', 'up', 'up', 'up');
    expect(indexOf(active())).toBe('2');
  });

  it('Home and End lead to the ends, and the end follows', () => {
    press('oldest');
    expect(indexOf(active())).toBe('2');
    expect(onFollow).toHaveBeenLastCalledWith(false);
    press('newest');
    expect(onFollow).toHaveBeenLastCalledWith(true);
    expect(firstShown()).toBe(COUNT + 1 - VISIBLE);
    expect(active()?.textContent).toContain(`message ${COUNT}`);
    // Scrolled away, nothing claims to be active that is not there.
    list().scrollTop = 0;
    fireEvent.scroll(list());
    expect(active()).toBeNull();
    expect(screen.getByRole('grid').getAttribute('aria-activedescendant')).toBe(
      null
    );
  });

  it('keys that come at once lead where they would one after the other', () => {
    const chosen = () => onSelect.mock.lastCall?.[0].type;
    press('oldest');
    pressAtOnce('newest', 'up');
    expect(chosen()).toBe(`message ${COUNT - 1}`);
    expect(firstShown()).toBe(COUNT + 1 - VISIBLE);
    pressAtOnce('oldest', 'down');
    expect(chosen()).toBe('message 1');
    expect(firstShown()).toBe(0);
    pressAtOnce('newest', 'oldest');
    expect(firstShown()).toBe(0);
    pressAtOnce('oldest', 'newest');
    expect(firstShown()).toBe(COUNT + 1 - VISIBLE);
  });

  it('page keys go a screen further', () => {
    press('oldest', 'page-down');
    const [, first] = screen.getAllByRole('row');
    expect(indexOf(first)).toBe('2');
    expect(Number(indexOf(active()))).toBeGreaterThan(5);
    press('page-up');
    expect(indexOf(active())).toBe('2');
  });

  it('Enter opens a message, and nothing for a row that is none', () => {
    press('oldest', 'detail');
    expect(onOpen).not.toHaveBeenCalled();
    press('down', 'detail');
    expect(onOpen).toHaveBeenCalledOnce();
  });

  it('leaves keys to others while the focus is elsewhere', () => {
    screen.getByRole('grid').blur();
    expect(press('down', 'newest', 'detail')).toEqual([false, false, false]);
  });
});

describe('RoundTable', () => {
  const scrolled = vi.fn();
  const onChoose = vi.fn();
  const run = threeRounds();
  const [first] = roundsOf(run, run.at);
  const late = Array.from({ length: 3 }, (_, place) => ({
    node: `n${place}`,
    reason: 'late' as const
  }));
  const rounds = Array.from({ length: 150 }, (_, place) => ({
    ...first!,
    round: place + 1,
    seq: 1000 + place,
    leftOut: place === 148 ? late : []
  }));

  function Table(): JSX.Element {
    const [chosen, setChosen] = React.useState<number | null>(null);
    return (
      <KeysContext.Provider value={keys}>
        <RoundTable
          rounds={rounds}
          metrics={[]}
          leader="a"
          chosen={chosen}
          names={namesOf(null)}
          trans={trans}
          onChoose={round => {
            onChoose(round.round);
            setChosen(round.seq);
          }}
        />
      </KeysContext.Provider>
    );
  }

  beforeEach(() => {
    vi.clearAllMocks();
    Element.prototype.scrollIntoView = function (this: Element) {
      scrolled(indexOf(this));
    };
    render(<Table />);
    screen.getByRole('grid').focus();
  });

  it('tells how many rounds there are, not how many are shown', () => {
    const grid = screen.getByRole('grid');
    expect(grid.getAttribute('aria-rowcount')).toBe('151');
    expect(screen.getAllByRole('row').map(indexOf).slice(-1)).toEqual(['101']);
    expect(screen.getAllByRole('columnheader')).toHaveLength(6);
  });

  it('keys walk through the rounds and keep the chosen one on screen', () => {
    press('down');
    expect(indexOf(active())).toBe('2');
    press('down', 'page-down', 'up', 'newest', 'oldest', 'detail');
    expect(onChoose.mock.calls.flat()).toEqual([
      150, 149, 139, 140, 51, 150, 150
    ]);
    expect(scrolled.mock.calls.flat()).toEqual([
      '2',
      '3',
      '13',
      '12',
      '101',
      '2',
      '2'
    ]);
    expect(active()?.getAttribute('aria-selected')).toBe('true');
  });

  it('says of the chosen round who was left out, however many', () => {
    press('down', 'down');
    expect(active()?.textContent).toContain('n0 (late), n1 (late), n2 (late)');
    press('down');
    expect(screen.queryByText(/n0 \(late\)/)).toBeNull();
  });

  it('leaves keys to others while the focus is elsewhere', () => {
    screen.getByRole('grid').blur();
    expect(press('down', 'oldest')).toEqual([false, false]);
    expect(onChoose).not.toHaveBeenCalled();
  });
});
