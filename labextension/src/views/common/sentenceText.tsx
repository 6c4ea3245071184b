/** The words of the sentence. */

import * as React from 'react';
import { formatCount } from '../../model/format';
import type { Clause } from '../../model/sentence';
import type { ITellers } from './NodeList';
import { Code, NodeList } from './NodeList';
import { Phrase } from './Phrase';
import { Busy, Quiet, Stopped, Training } from './progressText';
import { Consequence, Failed, Gone, Lost, ManyFailed } from './troubleText';
import { waitPhrases } from './waitWords';
import { ageText } from './words';

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
    case 'others failed':
      return (
        <Phrase
          text={trans._n(
            '%2 other node failed with another error.',
            '%2 other nodes failed with other errors.',
            clause.count
          )}
          parts={['', <b key="n">{formatCount(clause.count)}</b>]}
        />
      );
    case 'consequence':
      return <Consequence {...tellers} clause={clause} />;
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
    case 'waits': {
      const { awaited, whom } = clause;
      const { sentence, name } = waitPhrases(trans, awaited, whom.length);
      return (
        <Phrase
          text={sentence}
          parts={[
            list([clause.node]),
            list(whom),
            <Code key="name" text={name ?? awaited.name} />,
            awaited.round,
            age(clause.since)
          ]}
        />
      );
    }
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
