/** The words of the sentence. */

import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import { formatClock, formatCount } from '../../model/format';
import type { Clause } from '../../model/sentence';
import type { ITellers } from './NodeList';
import { Code, NodeList } from './NodeList';
import { Phrase } from './Phrase';
import { WaitText } from './WaitText';
import { activityWord, ageText } from './words';

/** One sentence of the bar. */
export function ClauseText(props: ITellers & { clause: Clause }): JSX.Element {
  const { clause, ...tellers } = props;
  const { trans, now } = tellers;
  const list = (nodes: readonly string[]) => (
    <NodeList {...tellers} nodes={nodes} />
  );
  const age = (since: number) => ageText(trans, now - since);
  switch (clause.kind) {
    case 'connecting':
      return <>{trans.__('Connecting to the hub.')}</>;
    case 'lost':
      return <Lost {...tellers} clause={clause} />;
    case 'refused':
      return (
        <Phrase
          text={trans.__('The server refuses: %1')}
          parts={[<Code key="code" text={clause.message} />]}
        />
      );
    case 'outdated':
      return (
        <>
          {trans.__(
            'The server was updated and speaks another version than this page.'
          )}
        </>
      );
    case 'failed':
      return <Failed {...tellers} clause={clause} />;
    case 'many failed':
      return <ManyFailed {...tellers} clause={clause} />;
    case 'slow':
      return (
        <Phrase
          text={trans._n(
            '%2 is over twice the median training time.',
            '%2 are over twice the median training time.',
            clause.count
          )}
          parts={['', <b key="n">{formatCount(clause.count)}</b>]}
        />
      );
    case 'gone':
      return <Gone {...tellers} clause={clause} />;
    case 'never started':
      return clause.nodes.length === 1 ? (
        <Phrase
          text={trans.__('%1 was never started.')}
          parts={[list(clause.nodes)]}
        />
      ) : (
        <Phrase
          text={trans.__('%1 were never started.')}
          parts={[list(clause.nodes)]}
        />
      );
    case 'cycle':
      return (
        <Phrase
          text={trans.__('%1 wait for each other, %2.')}
          parts={[list(clause.nodes), age(clause.since)]}
        />
      );
    case 'waits':
      return <WaitText {...tellers} clause={clause} />;
    case 'updates':
      return (
        <Phrase
          text={trans._n(
            '%2 waits for %1 update.',
            '%2 waits for %1 updates.',
            clause.count
          )}
          parts={[formatCount(clause.count), list([clause.node])]}
        />
      );
    case 'training':
      return <Training {...tellers} clause={clause} />;
    case 'busy':
      return <Busy {...tellers} clause={clause} />;
    case 'custom':
      return (
        <Phrase
          text={trans.__('%1: %2')}
          parts={[list([clause.node]), <Code key="text" text={clause.text} />]}
        />
      );
    case 'starting':
      return (
        <>
          {trans.__(
            'Starting: %1 of %2 nodes are up.',
            formatCount(clause.up),
            formatCount(clause.total)
          )}
        </>
      );
    case 'quiet':
      return <Quiet {...tellers} clause={clause} />;
    case 'finished':
      return (
        <>
          {trans._n(
            'Finished: %1 round in %2.',
            'Finished: %1 rounds in %2.',
            clause.rounds,
            ageText(trans, clause.seconds)
          )}
        </>
      );
    case 'stopped':
      return <Stopped {...tellers} clause={clause} />;
    case 'ended':
      return (
        <>
          {trans.__(
            'Ended after %1. No node is running.',
            ageText(trans, clause.seconds)
          )}
        </>
      );
  }
}

type Of<K extends Clause['kind']> = ITellers & {
  clause: Extract<Clause, { kind: K }>;
};

function Lost({ trans, clause }: Of<'lost'>): JSX.Element {
  const title = <b key="title">{trans.__('Reconnecting.')}</b>;
  const since = formatClock(clause.since);
  return clause.retryIn === null ? (
    <Phrase
      text={trans.__(
        '%1 The hub cannot be reached since %2. Nodes keep what they send and log until it is back.'
      )}
      parts={[title, since]}
    />
  ) : (
    <Phrase
      text={trans.__(
        '%1 The hub cannot be reached since %2. Nodes keep what they send and log until it is back. Next try in %3.'
      )}
      parts={[title, since, ageText(trans, clause.retryIn + 0.999)]}
    />
  );
}

function Failed({ clause, ...tellers }: Of<'failed'>): JSX.Element {
  const { trans } = tellers;
  const node = <NodeList key="node" {...tellers} nodes={[clause.node]} />;
  const error = <Code key="error" text={clause.error} />;
  const { round, activity } = clause;
  if (activity === null) {
    return <Phrase text={trans.__('%1 failed: %2')} parts={[node, error]} />;
  }
  const doing = activityWord(trans, activity);
  return round === 0 ? (
    <Phrase
      text={trans.__('%1 failed while %2: %3')}
      parts={[node, doing, error]}
    />
  ) : (
    <Phrase
      text={trans.__('%1 failed in round %2 while %3: %4')}
      parts={[node, round, doing, error]}
    />
  );
}

function ManyFailed({ trans, clause }: Of<'many failed'>): JSX.Element {
  const count = <b key="n">{formatCount(clause.count)}</b>;
  const total = <b key="of">{formatCount(clause.total)}</b>;
  const error = <Code key="error" text={clause.error} />;
  const { round, same } = clause;
  if (!same) {
    return (
      <Phrase
        text={trans.__('%1 of %2 nodes failed, one of them with %3.')}
        parts={[count, total, error]}
      />
    );
  }
  return round === 0 ? (
    <Phrase
      text={trans.__('%1 of %2 nodes failed, all with %3.')}
      parts={[count, total, error]}
    />
  ) : (
    <Phrase
      text={trans.__('%1 of %2 nodes failed in round %3, all with %4.')}
      parts={[count, total, round, error]}
    />
  );
}

function Gone({ clause, ...tellers }: Of<'gone'>): JSX.Element {
  const { trans, now } = tellers;
  const nodes = <NodeList key="nodes" {...tellers} nodes={clause.nodes} />;
  const cause = causeText(trans, clause.cause);
  if (clause.nodes.length > 1) {
    return <Phrase text={trans.__('%1 are gone.')} parts={[nodes]} />;
  }
  if (cause === '') {
    return <Phrase text={trans.__('%1 is gone.')} parts={[nodes]} />;
  }
  return clause.since === null ? (
    <Phrase text={trans.__('%1 is gone: %2.')} parts={[nodes, cause]} />
  ) : (
    <Phrase
      text={trans.__('%1 is gone: %2, %3 ago.')}
      parts={[nodes, cause, ageText(trans, now - clause.since)]}
    />
  );
}

/** Why a node is gone; what the hub says in other words stays as it is. */
export function causeText(trans: TranslationBundle, cause: string): string {
  switch (cause) {
    case 'its process ended':
      return trans.__('its kernel stopped');
    case 'connection lost':
      return trans.__('connection lost');
    case 'taken over':
      return trans.__('another process took over');
    default:
      return cause;
  }
}

function Training({ clause, ...tellers }: Of<'training'>): JSX.Element {
  const { trans } = tellers;
  const { round, of, nodes, waiter } = clause;
  const list = <NodeList key="nodes" {...tellers} nodes={nodes} />;
  if (waiter === null) {
    return (
      <Busy
        {...tellers}
        clause={{ kind: 'busy', round, of, nodes, activity: 'training' }}
      />
    );
  }
  const who = <NodeList key="waiter" {...tellers} nodes={[waiter]} />;
  if (of === 0) {
    return nodes.length === 1 ? (
      <Phrase
        text={trans.__('Round %1: %2 is training; %3 waits for its update.')}
        parts={[round, list, who]}
      />
    ) : (
      <Phrase
        text={trans.__(
          'Round %1: %2 are training; %3 waits for their updates.'
        )}
        parts={[round, list, who]}
      />
    );
  }
  return nodes.length === 1 ? (
    <Phrase
      text={trans.__(
        'Round %1 of %2: %3 is training; %4 waits for its update.'
      )}
      parts={[round, of, list, who]}
    />
  ) : (
    <Phrase
      text={trans.__(
        'Round %1 of %2: %3 are training; %4 waits for their updates.'
      )}
      parts={[round, of, list, who]}
    />
  );
}

function Busy({ clause, ...tellers }: Of<'busy'>): JSX.Element {
  const { trans } = tellers;
  const { round, of, nodes, activity } = clause;
  const doing = activityWord(trans, activity);
  const list = <NodeList key="nodes" {...tellers} nodes={nodes} />;
  const one = nodes.length === 1;
  if (round === 0) {
    return one ? (
      <Phrase text={trans.__('%1 is %2.')} parts={[list, doing]} />
    ) : (
      <Phrase text={trans.__('%1 are %2.')} parts={[list, doing]} />
    );
  }
  if (of === 0) {
    return one ? (
      <Phrase
        text={trans.__('Round %1: %2 is %3.')}
        parts={[round, list, doing]}
      />
    ) : (
      <Phrase
        text={trans.__('Round %1: %2 are %3.')}
        parts={[round, list, doing]}
      />
    );
  }
  return one ? (
    <Phrase
      text={trans.__('Round %1 of %2: %3 is %4.')}
      parts={[round, of, list, doing]}
    />
  ) : (
    <Phrase
      text={trans.__('Round %1 of %2: %3 are %4.')}
      parts={[round, of, list, doing]}
    />
  );
}

function Quiet({ trans, clause }: Of<'quiet'>): JSX.Element {
  const { round, of } = clause;
  if (round === 0) {
    return <>{trans.__('No round yet.')}</>;
  }
  return (
    <>
      {of === 0
        ? trans.__('Round %1.', round)
        : trans.__('Round %1 of %2.', round, of)}
    </>
  );
}

function Stopped({ clause, ...tellers }: Of<'stopped'>): JSX.Element {
  const { trans } = tellers;
  const { round, of } = clause;
  if (round === 0) {
    return <>{trans.__('Stopped by the user.')}</>;
  }
  return (
    <>
      {of === 0
        ? trans.__('Stopped by the user in round %1.', round)
        : trans.__('Stopped by the user in round %1 of %2.', round, of)}
    </>
  );
}
