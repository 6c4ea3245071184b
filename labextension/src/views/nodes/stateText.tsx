/** A node's state in a sentence, and in a second line what else is known of it. */

import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import type { NodeView } from '../../hub/protocol';
import { Code } from '../common/NodeList';
import { STATES } from '../../model/activities';
import { causesOf } from '../../model/failures';
import { formatCount } from '../../model/format';
import type { IListedNode } from '../../model/nodeList';
import { usually } from '../../model/nodeTimes';
import { failureText, lastActivity, leftOutOf } from '../../model/nodes';
import { ANYTHING, awaitedBy } from '../../model/waits';
import type { IRunState } from '../../tokens';
import { listText } from '../common/failureText';
import type { INames } from '../common/hooks';
import { filled, waitPhrases } from '../common/waitWords';
import {
  activityWord,
  ageText,
  causeText,
  durationText,
  whenText
} from '../common/words';

export interface IStateText {
  title: string;
  /** The title is an error's own text. */
  error: boolean;
  second: React.ReactNode[];
}

interface ITold {
  item: IListedNode;
  run: IRunState;
  now: number;
  names: INames;
  trans: TranslationBundle;
  median: number;
}

export function stateText(told: ITold): IStateText {
  const { item, now, trans } = told;
  const { node, status } = item;
  const age = ageText(trans, now - status.since);
  const plain = (title: string, ...second: React.ReactNode[]): IStateText => ({
    title,
    error: false,
    second: second.filter(part => part !== '' && part !== null)
  });
  switch (status.name) {
    case 'not up':
      return plain(
        trans.__('Not up: never started in this task'),
        waitingFor(trans, node)
      );
    case 'failed':
      return failed(told);
    case 'gone': {
      const cause = causeText(trans, status.detail);
      const when = whenText(trans, status.since, now, told.run);
      return plain(
        cause === ''
          ? trans.__('Gone, %1', when)
          : trans.__('Gone: %1, %2', cause, when),
        waitingFor(trans, node)
      );
    }
    case 'left out': {
      const round = leftOutOf(node, told.run)?.round ?? node.round;
      return plain(
        trans.__('Left out of round %1: no update in time', round),
        node.activity === null ? '' : activityWord(trans, node.activity)
      );
    }
    case 'waiting':
      return plain(waitTitle(told, age), ...waitDetails(told));
    case 'training':
      return training(told);
    case 'custom':
      return plain(status.detail, age);
    case 'starting':
      return plain(trans.__('Starting, %1', age));
    case 'finished':
      return plain(trans.__('Finished'), waitingFor(trans, node));
    case 'stopped':
      return plain(trans.__('Stopped by the user'), waitingFor(trans, node));
    default: {
      const { title, word } = STATES[status.name];
      return plain(title?.(trans, age) ?? word(trans), status.detail);
    }
  }
}

/** How many messages the hub keeps for it. */
export function unreadCount(node: NodeView): number {
  return Math.max(0, node.addressed - node.messages_in);
}

function waitingFor(trans: TranslationBundle, node: NodeView): string {
  const count = unreadCount(node);
  return count === 0
    ? ''
    : trans._n(
        '%2 message waits for it in the hub',
        '%2 messages wait for it in the hub',
        count,
        formatCount(count)
      );
}

function failed(told: ITold): IStateText {
  const { item, run, now, names, trans } = told;
  const { node, status } = item;
  const activity = lastActivity(node);
  const place = node.failure?.place ?? '';
  const time = whenText(trans, status.since, now, run);
  const when =
    activity === null
      ? time
      : node.round === 0
        ? trans.__('while %1, %2', activityWord(trans, activity), time)
        : trans.__(
            'in round %1 while %2, %3',
            node.round,
            activityWord(trans, activity),
            time
          );
  const causes = causesOf(node.node, run);
  const of = listText(
    trans,
    { nodes: causes, count: causes.length },
    names.short
  );
  return {
    title: failureText(node),
    error: true,
    second: [
      ...(causes.length === 0 ? [] : [trans.__('in consequence of %1', of)]),
      when,
      ...(place === '' ? [] : [<Code key="place" text={place} />])
    ]
  };
}

function training(told: ITold): IStateText {
  const { item, now, trans, median } = told;
  const { node, status, slow } = item;
  if (slow !== null) {
    return {
      title: trans.__('training %1', durationText(trans, slow)),
      error: false,
      second: [trans.__('median %1', durationText(trans, median))]
    };
  }
  const time = ageText(trans, now - status.since);
  const usual = usually(node, 'training');
  return {
    title: trans.__('Training, %1', time),
    error: false,
    second: [
      ...(usual === null
        ? []
        : [trans.__('usually %1', durationText(trans, usual))]),
      ...(status.detail === '' ? [] : [status.detail])
    ]
  };
}

function waitTitle(told: ITold, age: string): string {
  const { item, run, names, trans } = told;
  const awaited = item.node.wait ?? ANYTHING;
  const ids = awaitedBy(item.node, run);
  const count = formatCount(ids.length);
  const whom =
    ids.length === 1 ? names.short(ids[0] ?? '') : trans.__('%1 nodes', count);
  const { title } = waitPhrases(trans, awaited, ids.length);
  const { name, round } = awaited;
  return filled(title, ['', whom, name, String(round), age, count]);
}

function waitDetails(told: ITold): React.ReactNode[] {
  const { item, now, trans } = told;
  const wait = item.node.wait;
  if (wait === null) {
    return [];
  }
  const details: React.ReactNode[] = [];
  if (wait.kind !== 'any') {
    details.push(
      <React.Fragment key="what">
        {wait.kind === 'stream' ? trans.__('stream') : trans.__('message')}{' '}
        <Code text={wait.name} />
      </React.Fragment>
    );
  }
  details.push(
    wait.limit === null
      ? trans.__('no time limit')
      : trans.__(
          '%1 left',
          ageText(trans, Math.max(0, wait.since + wait.limit - now))
        )
  );
  if (wait.expected > 0) {
    const { expected } = wait;
    const came = Math.min(expected, wait.arrived.length);
    details.push(
      wait.kind === 'join'
        ? trans.__('%1 of %2 holders joined', came, expected)
        : trans.__('%1 of %2 are here', came, expected)
    );
  }
  return details;
}
