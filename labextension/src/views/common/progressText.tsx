/** The words for what nodes do while all goes well, and for a task that was stopped. */

import * as React from 'react';
import { NodeList } from './NodeList';
import { Phrase } from './Phrase';
import type { Telling } from './telling';
import { activityWord } from './words';

export function Training({
  clause,
  ...tellers
}: Telling<'training'>): JSX.Element {
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

export function Busy({ clause, ...tellers }: Telling<'busy'>): JSX.Element {
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

export function Quiet({ trans, clause }: Telling<'quiet'>): JSX.Element {
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

export function Stopped({
  clause,
  ...tellers
}: Telling<'stopped'>): JSX.Element {
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
