import { nullTranslator } from '@jupyterlab/translation';
import { Signal } from '@lumino/signaling';
import { cleanup, fireEvent, render, screen } from '@testing-library/react';
import * as React from 'react';
import { afterEach, describe, expect, it, vi } from 'vitest';

import type { Row } from '../../../src/hub/protocol';
import type {
  IActions,
  IFollow,
  IRowHandlers,
  IRunModel,
  IRunState
} from '../../../src/tokens';
import { RoundsView } from '../../../src/views/rounds/RoundsView';
import { threeRounds } from '../../model/roundsfixture';

const HOSTILE = '<img src=x onerror="alert(1)">';

const trans = nullTranslator.load('jupyterlab');

function modelOf(state: IRunState | null, rows: readonly Row[] = []) {
  const changed = new Signal<unknown, void>({});
  const model = {
    federation: {
      api: { runAsOf: () => new Promise(() => undefined) },
      connection: { state: 'open', since: 0, retryAt: null, message: '' },
      tasks: new Map(),
      changed,
      now: () => 20
    },
    shown: state,
    live: state,
    asOf: null,
    moment: null,
    window: null,
    hidden: new Set<string>(),
    visible: false,
    saved: {},
    changed,
    setMoment: vi.fn(),
    setWindow: vi.fn(),
    setAsOf: vi.fn(),
    setView: vi.fn(),
    toggleNode: vi.fn(),
    soloNode: vi.fn(),
    save: vi.fn(),
    follow: (question: IFollow, handlers: IRowHandlers) => {
      handlers.rows(
        rows.filter(({ kind }) => question.kinds?.includes(kind)),
        999,
        0
      );
      return { dispose: () => undefined, isDisposed: false };
    }
  };
  return model as typeof model & IRunModel;
}

const actions = { saveFile: vi.fn() } as unknown as IActions;

const metric = (
  seq: number,
  name: string,
  value: number,
  round: number
): Row => ({
  seq,
  at: seq,
  kind: 'metric',
  node: 'agg',
  body: { time: seq, name, value, round, step: round, writer: 'tb_logs' }
});

const show = (model: IRunModel) =>
  render(<RoundsView model={model} actions={actions} trans={trans} />);

describe('RoundsView', () => {
  afterEach(cleanup);

  it('says so before there is anything to show', () => {
    show(modelOf(null));
    expect(screen.getByText('No round yet')).toBeTruthy();
  });

  it('has a row per round, the newest first', async () => {
    show(
      modelOf(threeRounds(), [
        metric(1, 'test_accuracy', 0.5, 1),
        metric(2, 'test_accuracy', 0.92, 2)
      ])
    );
    await screen.findAllByText('test_accuracy');
    const rows = [...document.querySelectorAll('tbody tr')].map(row =>
      [...row.children].map(cell => cell.textContent)
    );
    expect(rows.map(([round]) => round)).toEqual(['3', '2', '1']);
    expect(rows[1]).toEqual([
      '2',
      '8 s',
      '2 / 2',
      '0',
      'b · 5 s',
      '0',
      '92.0 %'
    ]);
    expect(screen.getByRole('progressbar').getAttribute('aria-valuenow')).toBe(
      '2'
    );
  });

  it('goes to the moment of a round', () => {
    const model = modelOf(threeRounds());
    show(model);
    fireEvent.click(screen.getByTitle('Go to the beginning of round 2'));
    expect(model.setMoment).toHaveBeenLastCalledWith({ at: 9, seq: 2000 });
  });

  it('walks through the bars by keys, and goes back in time', () => {
    const model = modelOf(threeRounds());
    show(model);
    const bars = screen.getByRole('group', { name: /What each node did/ });
    fireEvent.keyDown(bars, { key: 'ArrowRight' });
    fireEvent.keyDown(bars, { key: 'ArrowRight' });
    expect(screen.getByRole('status').textContent).toContain('sending');
    expect(model.setMoment).toHaveBeenLastCalledWith({ at: 1, seq: 2 });
    fireEvent.click(screen.getByText('As of here'));
    expect(model.setAsOf).toHaveBeenCalledWith(2);
  });

  it('shows names as the text they are', async () => {
    const state = threeRounds({ scheduler: HOSTILE });
    const [first, ...others] = state.members;
    const members = [{ ...first!, node: HOSTILE }, ...others];
    show(
      modelOf({ ...state, members, nodes: members.map(({ node }) => node) }, [
        metric(1, HOSTILE, 1, 1)
      ])
    );
    await screen.findAllByText(HOSTILE);
    expect(document.querySelector('img')).toBeNull();
  });

  it('saves the metrics as CSV', async () => {
    show(modelOf(threeRounds(), [metric(1, 'loss', 0.5, 1)]));
    await screen.findAllByText('loss');
    fireEvent.click(screen.getByLabelText('Save the metrics as CSV'));
    expect(actions.saveFile).toHaveBeenCalledWith(
      'DemoAvg_t_metrics.csv',
      expect.any(Blob)
    );
  });
});
