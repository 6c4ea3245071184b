import * as React from 'react';
import { Code, NodeList } from './NodeList';
import { Phrase } from './Phrase';
import type { Telling } from './telling';
import { ageText } from './words';

/** Who waits for whom, and for what. */
export function WaitText(props: Telling<'waits'>): JSX.Element {
  const { clause, ...tellers } = props;
  const { trans, now } = tellers;
  const { whom, awaited } = clause;
  const node = <NodeList key="node" {...tellers} nodes={[clause.node]} />;
  const age = ageText(trans, now - clause.since);
  const name = <Code key="name" text={awaited.name} />;
  if (whom.length === 0) {
    return awaited.kind === 'any' ? (
      <Phrase
        text={trans.__('%1 waits for any message, %2.')}
        parts={[node, age]}
      />
    ) : (
      <Phrase
        text={trans.__('%1 waits for %2, %3.')}
        parts={[node, name, age]}
      />
    );
  }
  const list = <NodeList key="whom" {...tellers} nodes={whom} />;
  const { round } = awaited;
  switch (awaited.kind) {
    case 'checkin':
      return (
        <Phrase
          text={trans.__('%1 waits for %2 to check in, %3.')}
          parts={[node, list, age]}
        />
      );
    case 'announce':
      return (
        <Phrase
          text={trans.__('%1 waits for %2 to announce the task, %3.')}
          parts={[node, list, age]}
        />
      );
    case 'start':
      return (
        <Phrase
          text={trans.__('%1 waits for %2 to start round %3, %4.')}
          parts={[node, list, round, age]}
        />
      );
    case 'close':
      return (
        <Phrase
          text={trans.__('%1 waits for %2 to close round %3, %4.')}
          parts={[node, list, round, age]}
        />
      );
    case 'answer':
      return (
        <Phrase
          text={trans.__('%1 waits for %2 to answer %3 in round %4, %5.')}
          parts={[
            node,
            list,
            <Code key="name" text={awaited.name.replace(/_response$/, '')} />,
            round,
            age
          ]}
        />
      );
    case 'update':
      return (
        <Phrase
          text={trans.__('%1 waits for the update of %2 in round %3, %4.')}
          parts={[node, list, round, age]}
        />
      );
    case 'parameters':
      return (
        <Phrase
          text={trans.__('%1 waits for the parameters of %2 in round %3, %4.')}
          parts={[node, list, round, age]}
        />
      );
    case 'any':
      return (
        <Phrase
          text={trans.__('%1 waits for any message of %2, %3.')}
          parts={[node, list, age]}
        />
      );
    case 'other':
      return (
        <Phrase
          text={trans.__('%1 waits for %2: %3, %4.')}
          parts={[node, list, name, age]}
        />
      );
  }
}
