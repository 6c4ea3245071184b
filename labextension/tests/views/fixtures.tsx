/** A real model on a hub that says what the test wants, and what JupyterLab would do for the views. */

import { nullTranslator } from '@jupyterlab/translation';
import { Signal } from '@lumino/signaling';
import { act } from '@testing-library/react';
import * as React from 'react';
import { vi } from 'vitest';
import type { IRunModelState } from '../../src/federation/savedState';
import { RunModel } from '../../src/federation/runModel';
import type { NodeView, TaskGlance } from '../../src/hub/protocol';
import type { IActions, IRunState } from '../../src/tokens';
import { useFederation, useModel } from '../../src/views/common/hooks';
import { keepPlaces } from '../../src/views/common/keepPlaces';
import type { IFakeFederation } from '../federation/fakes';
import {
  fakeFederation,
  glance,
  overview,
  runChange
} from '../federation/fakes';
import type { FakeSocket } from '../hub/fakes';

// JupyterLab's own, which treats placeholders without a value in a way of its own.
export const trans = keepPlaces(nullTranslator.load('alphamed_nb'));

/** Texts that would do something if they were anything but text. */
export const HOSTILE = [
  '<img src=x onerror="window.hacked = true">',
  '<script>window.hacked = true</script>',
  '"><a href="javascript:window.hacked = true">x</a>'
];

export interface IShown extends IFakeFederation {
  model: RunModel;
  /** The feed of all tasks. */
  counts: FakeSocket;
  /** The hub tells of the run as it is at that time; drawn when it returns. */
  tell(run: IRunState, at: number): void;
}

/** A visible model of a hub with this run, at that time of the hub's clock. Null: the hub has no task. */
export function show(
  run: IRunState | null,
  at: number,
  task: Partial<TaskGlance> = {},
  state: Partial<IRunModelState> = {}
): IShown {
  const fake = fakeFederation();
  fake.server.answer = ([, name]) =>
    name === 'records'
      ? { rows: [], complete: true, next: 0, number: 0 }
      : { release: '1' };
  fake.federation.start();
  const counts = fake.server.last.stand();
  const tasks =
    run === null
      ? []
      : [glance(run.task, { run: run.run, started: run.started, ...task })];
  counts.say(overview({ at, tasks }));
  const model = new RunModel(fake.federation, state);
  model.setVisible(true);
  const tell = (changed: IRunState, now: number) => {
    act(() => {
      counts.say(overview({ at: now }));
      feed.say(overview({ at: now, run: changeOf(changed) }));
    });
  };
  const feed = run === null ? counts : fake.server.last.stand();
  if (run !== null) {
    tell(run, at);
  }
  return { ...fake, model, counts, tell };
}

function changeOf(run: IRunState): ReturnType<typeof runChange> {
  const { number: _, at: __, memory: ___, ...others } = run;
  return runChange({
    ...others,
    members: run.members.map(node => ({ node, intervals_from: 0 }))
  });
}

/** What a page draws in the next frame it draws at once. */
export function drawAtOnce(): void {
  vi.stubGlobal('requestAnimationFrame', (draw: FrameRequestCallback) => {
    draw(0);
    return 0;
  });
}

/** Draws again whenever the model or its federation changes, as the main-area view does. */
export function Live(props: {
  model: RunModel;
  children: () => React.ReactNode;
}): JSX.Element {
  useModel(props.model);
  useFederation(props.model.federation);
  return <>{props.children()}</>;
}

/** Every element has this size. */
export function measureAs(width: number, height = 400): void {
  const proto = HTMLElement.prototype;
  vi.spyOn(proto, 'clientWidth', 'get').mockReturnValue(width);
  vi.spyOn(proto, 'clientHeight', 'get').mockReturnValue(height);
}

/** JupyterLab, with the notebooks of all kernels open. */
export function fakeActions(change: Partial<IActions> = {}) {
  const done = () => vi.fn(() => Promise.resolve());
  const actions = {
    open: done(),
    opens: vi.fn(() => 'cell' as const),
    promptOf: vi.fn(() => '2'),
    hasNotebook: vi.fn((node: NodeView) => node.kernel !== ''),
    runNotebook: done(),
    interrupt: done(),
    restart: done(),
    openResults: done(),
    download: done(),
    tensorboardCommand: vi.fn(() => 'tensorboard --logdir x'),
    copy: done(),
    saveFile: vi.fn(),
    openView: vi.fn(),
    showError: vi.fn(),
    openExample: done()
  };
  const promptsChanged = new Signal<IActions, void>(
    actions as unknown as IActions
  );
  return Object.assign(actions, change, { promptsChanged });
}

/** Names of the elements that only come of text that was taken for HTML. */
export function foreignElements(root: ParentNode): string[] {
  return [...root.querySelectorAll('img, script, a, iframe, style, link')].map(
    element => element.tagName
  );
}
