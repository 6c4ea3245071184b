import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { safeName } from '../../model/escaped';
import { type IRunRef, labelsOf } from '../../model/charts';
import type { XAxis } from '../../model/curves';
import { formatClock } from '../../model/format';
import { shortIds } from '../../model/marks';
import type { IFederation } from '../../tokens';
import { IconButton } from '../common/IconButton';
import { type MenuEntry, MenuButton } from '../common/Menu';
import { CloseIcon } from '../common/icons';
import { SaveIcon } from './icons';
import { type ILook, lookOf, shapeSvg } from './palette';
import { sameRun } from './saved';

/** In the menu, of one task. */
const MOST_RUNS = 20;

export interface IChip extends IRunRef {
  /** Its scheduler, else its short id. */
  name: string;
  /** The short id, and the run where that is needed. */
  id: string;
}

export interface ICompareProps {
  federation: IFederation;
  /** The view's own run first. */
  chips: readonly IChip[];
  axis: XAxis;
  /** There is something to save. */
  some: boolean;
  trans: TranslationBundle;
  onAdd: (run: IRunRef) => void;
  onRemove: (run: IRunRef) => void;
  onAxis: (axis: XAxis) => void;
  onCsv: () => void;
  onPng: () => void;
}

/** Which runs' curves are shown, over which axis. */
export function Compare(props: ICompareProps): JSX.Element {
  const { federation, chips, axis, some, trans } = props;
  return (
    <div className="jp-alphamed-Compare">
      <span className="jp-alphamed-secondary" id="jp-alphamed-compare">
        {trans.__('Compare')}
      </span>
      <ul aria-labelledby="jp-alphamed-compare">
        {chips.map((chip, place) => (
          <Chip key={`${chip.run} ${chip.task}`} {...{ chip, place, props }} />
        ))}
      </ul>
      <MenuButton
        className="jp-alphamed-Link"
        label={trans.__('Compare with another task or run')}
        entries={() => entriesOf(federation, chips, trans, props.onAdd)}
      >
        {trans.__('+ task')}
      </MenuButton>
      <span className="jp-alphamed-space" />
      <span className="jp-alphamed-secondary">{trans.__('x axis')}</span>
      <div
        className="jp-alphamed-Segments jp-alphamed-Compare-axis"
        role="group"
        aria-label={trans.__('x axis')}
      >
        <AxisButton {...{ value: 'round', axis, props }}>
          {trans._p('x axis', 'round')}
        </AxisButton>
        <AxisButton {...{ value: 'time', axis, props }}>
          {trans._p('x axis', 'time')}
        </AxisButton>
      </div>
      <SaveButton
        label={trans.__('Save the metrics as CSV')}
        some={some}
        onClick={props.onCsv}
      >
        CSV
      </SaveButton>
      <SaveButton
        label={trans.__('Save the charts as PNG')}
        some={some}
        onClick={props.onPng}
      >
        PNG
      </SaveButton>
    </div>
  );
}

function Chip(part: {
  chip: IChip;
  place: number;
  props: ICompareProps;
}): JSX.Element {
  const { chip, place, props } = part;
  const { trans } = props;
  return (
    <li className="jp-alphamed-Compare-chip" title={safeName(chip.task)}>
      <Sample look={lookOf(place)} />
      <span>{chip.name}</span>
      <span className="jp-alphamed-code jp-alphamed-secondary">{chip.id}</span>
      {place === 0 ? null : (
        <IconButton
          icon={<CloseIcon size={12} />}
          label={trans.__('Remove %1', `${chip.name} ${chip.id}`)}
          onClick={() => props.onRemove(chip)}
        />
      )}
    </li>
  );
}

/** How the curve looks. */
function Sample({ look }: { look: ILook }): JSX.Element {
  const colour = `var(${look.variable})`;
  return (
    <svg width={22} height={10} aria-hidden="true" focusable="false">
      <path
        d="M0 5H22"
        stroke={colour}
        strokeWidth={2}
        strokeDasharray={look.dash.join(' ')}
      />
      <path d={shapeSvg(look.shape, 11, 5, 3.4)} fill={colour} />
    </svg>
  );
}

function AxisButton(part: {
  value: XAxis;
  axis: XAxis;
  props: ICompareProps;
  children: React.ReactNode;
}): JSX.Element {
  const { value, axis, props, children } = part;
  return (
    <button
      type="button"
      aria-pressed={value === axis}
      onClick={() => props.onAxis(value)}
    >
      {children}
    </button>
  );
}

function SaveButton(props: {
  label: string;
  some: boolean;
  onClick: () => void;
  children: React.ReactNode;
}): JSX.Element {
  return (
    <button
      type="button"
      className="jp-alphamed-IconButton"
      title={props.label}
      aria-label={props.label}
      disabled={!props.some}
      onClick={props.onClick}
    >
      <SaveIcon />
      {props.children}
    </button>
  );
}

/** All runs that are not shown yet, the newest task first. */
function entriesOf(
  federation: IFederation,
  chips: readonly IChip[],
  trans: TranslationBundle,
  add: (run: IRunRef) => void
): MenuEntry[] {
  const tasks = [...federation.tasks.values()].sort(
    (a, b) => b.started - a.started
  );
  const shorts = shortIds(tasks.map(({ task }) => task));
  const entries = tasks.flatMap(glance => {
    const { task, scheduler, runs } = glance;
    const name = scheduler || (shorts.get(task) ?? task);
    return [...runs]
      .reverse()
      .filter(run => !chips.some(chip => sameRun(chip, { task, run })))
      .slice(0, MOST_RUNS)
      .map((run): MenuEntry => ({
        label: (
          <>
            {name}{' '}
            <span className="jp-alphamed-code jp-alphamed-secondary">
              {shorts.get(task) ?? task}
            </span>
          </>
        ),
        hint: [
          runs.length > 1 ? trans.__('run %1', run) : '',
          run === glance.run ? formatClock(glance.started) : ''
        ]
          .filter(text => text !== '')
          .join(' · '),
        run: () => add({ task, run })
      }));
  });
  return entries.length > 0
    ? entries
    : [{ title: trans.__('There is no other run to compare with') }];
}

/** Names and ids for the chips, and the labels of their curves. */
export function chipsOf(runs: readonly (IRunRef & { scheduler: string })[]): {
  chips: IChip[];
  labels: string[];
} {
  const shorts = shortIds(runs.map(({ task }) => task));
  const named = runs.map(run => ({
    ...run,
    short: shorts.get(run.task) ?? run.task
  }));
  const chips = named.map(({ task, run, scheduler, short }) => {
    const several = runs.filter(other => other.task === task).length > 1;
    const id = scheduler === '' ? '' : short;
    return {
      task,
      run,
      name: scheduler || short,
      id: several ? `${id} #${run}`.trim() : id
    };
  });
  return { chips, labels: labelsOf(named) };
}
