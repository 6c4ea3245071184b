/** The Nodes view over a real model. */

import { act, cleanup, render } from '@testing-library/react';
import * as React from 'react';
import { VirtuosoMockContext } from 'react-virtuoso';
import { vi } from 'vitest';
import type { NodeView } from '../../../src/hub/protocol';
import type { IRunState } from '../../../src/tokens';
import { KeysContext, ViewKeys } from '../../../src/views/common/keys';
import { NodesView } from '../../../src/views/nodes/NodesView';
import {
  absent,
  attempt,
  failed,
  node,
  round,
  run,
  span,
  waiting,
  JOIN,
  stream
} from '../../model/runs';
import { drawAtOnce, fakeActions, measureAs, show, trans } from '../fixtures';

/** The hub's clock. */
export const NOW = 200;

/** Before each test. */
export function prepare(): void {
  drawAtOnce();
  measureAs(900);
  Object.assign(Element.prototype, { scrollIntoView: vi.fn() });
}

/** After each test. */
export function tidy(): void {
  cleanup();
  vi.unstubAllGlobals();
}

/** Draws the view; what it shows, and what can be done with it. */
export function nodes(
  state: IRunState | null,
  change: Parameters<typeof fakeActions>[0] = {}
) {
  const shown = show(state, NOW, {}, { view: 'nodes' });
  const actions = fakeActions(change);
  const keys = new ViewKeys();
  const { container } = render(
    <VirtuosoMockContext.Provider
      value={{ viewportHeight: 280, itemHeight: 28 }}
    >
      <KeysContext.Provider value={keys}>
        <NodesView model={shown.model} actions={actions} trans={trans} />
      </KeysContext.Provider>
    </VirtuosoMockContext.Provider>
  );
  const rows = () => [
    ...container.querySelectorAll<HTMLElement>('.jp-alphamed-Nodes-row')
  ];
  return {
    ...shown,
    container,
    actions,
    rows,
    ids: () => rows().map(row => row.dataset.node),
    row: (id: string) => rows().find(it => it.dataset.node === id)!,
    drawer: () =>
      container.querySelector<HTMLElement>('.jp-alphamed-NodeDetail'),
    key: (name: Parameters<ViewKeys['run']>[0]) => {
      let taken = false;
      act(() => {
        taken = keys.run(name);
      });
      return taken;
    }
  };
}

const rounds = [round(1, 100, 150), round(2, 150)];

/** One in each state, the good ones first. */
export const every: NodeView[] = [
  node('stops', { state: 'stopped', ended: 190 }),
  node('ends', { state: 'ended', ended: 190, result: 'finished' }),
  waiting('agg', ['trains'], stream('update', 2), 195, {
    role: 'aggregator',
    leads: true,
    round: 2
  }),
  node('trains', {
    round: 2,
    intervals: [span('training', 180, 0, { round: 2 })]
  }),
  waiting('hangs', ['never'], JOIN, 150, { round: 2 }),
  absent('never'),
  node('lost', {
    state: 'gone',
    ended: 180,
    cause: 'its process ended',
    kernel: 'k'
  }),
  failed('breaks', 'ValueError', 'batch of size 0')
];
export const task = run(every, { attempts: [attempt({ rounds })] });
