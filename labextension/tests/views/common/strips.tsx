/** The strip over a real model. */

import { cleanup, render } from '@testing-library/react';
import * as React from 'react';
import { vi } from 'vitest';
import type { IRunState } from '../../../src/tokens';
import { namesOf } from '../../../src/views/common/hooks';
import { Strip } from '../../../src/views/common/Strip';
import { absent, node, span, waiting, stream } from '../../model/runs';
import { drawAtOnce, Live, measureAs, show, trans } from '../fixtures';

/** Of the lanes; their heads are before it. */
const WIDTH = 600;
export const HEAD = 188;
/** The runs begin at 100: 6 pixels a second. */
export const NOW = 200;

/** Before each test. */
export function prepare(): void {
  drawAtOnce();
  measureAs(WIDTH);
  let captured = false;
  Object.assign(HTMLElement.prototype, {
    setPointerCapture: () => (captured = true),
    releasePointerCapture: () => (captured = false),
    hasPointerCapture: () => captured
  });
}

/** After each test. */
export function tidy(): void {
  cleanup();
  vi.unstubAllGlobals();
}

/** Draws it; what it shows. */
export function strip(
  state: IRunState,
  options: { lostSince?: number; small?: boolean } = {}
) {
  const shown = show(state, NOW);
  const { model } = shown;
  const { lostSince = null, small } = options;
  const { container } = render(
    <Live model={model}>
      {() => (
        <Strip
          model={model}
          run={model.shown!}
          names={namesOf(model.shown)}
          now={NOW}
          lostSince={lostSince}
          trans={trans}
          small={small}
        />
      )}
    </Live>
  );
  const all = (name: string) => [
    ...container.querySelectorAll<HTMLElement>(`.jp-alphamed-Strip-${name}`)
  ];
  return { ...shown, container, all, scroll: all('scroll')[0]! };
}

export const three = [
  waiting('agg', ['b'], stream('update', 1), 196, {
    role: 'aggregator',
    leads: true
  }),
  node('b', { intervals: [span('training', 160)] }),
  absent('c')
];
