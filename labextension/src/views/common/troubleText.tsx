/** The words for what is wrong: nodes that failed or are gone, and a hub that cannot be reached. */

import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import { plain } from '../../model/ansi';
import { formatClock, formatCount } from '../../model/format';
import { Code, NodeList } from './NodeList';
import { Phrase } from './Phrase';
import type { Telling } from './telling';
import { activityWord, ageText, causeText } from './words';

export function Lost({ trans, clause }: Telling<'lost'>): JSX.Element {
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

export function Failed({ clause, ...tellers }: Telling<'failed'>): JSX.Element {
  const { trans } = tellers;
  const node = <NodeList key="node" {...tellers} nodes={clause.nodes} />;
  const error = <ErrorAt key="error" trans={trans} {...clause} />;
  const { round, activity } = clause;
  if (activity === null) {
    return round === 0 ? (
      <Phrase text={trans.__('%1 failed: %2')} parts={[node, error]} />
    ) : (
      <Phrase
        text={trans.__('%1 failed in round %2: %3')}
        parts={[node, round, error]}
      />
    );
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

/** An error, and where it was raised. */
function ErrorAt(props: {
  trans: TranslationBundle;
  error: string;
  place: string;
}): JSX.Element {
  const { trans, error, place } = props;
  const code = (
    <span key="error" className="jp-alphamed-code jp-alphamed-Sentence-error">
      {plain(error)}
    </span>
  );
  return place === '' ? (
    code
  ) : (
    <Phrase
      text={trans.__('%1 at %2')}
      parts={[code, <Code key="place" text={place} />]}
    />
  );
}

export function ManyFailed({
  trans,
  clause
}: Telling<'many failed'>): JSX.Element {
  const count = <b key="n">{formatCount(clause.count)}</b>;
  const total = <b key="of">{formatCount(clause.total)}</b>;
  const error = <Code key="error" text={clause.error} />;
  const { round } = clause;
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

/** What failed because of others. */
export function Consequence({
  clause,
  ...tellers
}: Telling<'consequence'>): JSX.Element {
  const { trans } = tellers;
  const nodes = <NodeList key="nodes" {...tellers} nodes={clause.nodes} />;
  const error = <Code key="error" text={clause.error} />;
  if (clause.of.length === 0) {
    return (
      <Phrase
        text={trans.__('%1 failed in consequence: %2.')}
        parts={[nodes, error]}
      />
    );
  }
  const of = <NodeList key="of" {...tellers} nodes={clause.of} />;
  return (
    <Phrase
      text={trans.__('%1 failed in consequence of %2: %3.')}
      parts={[nodes, of, error]}
    />
  );
}

export function Gone({ clause, ...tellers }: Telling<'gone'>): JSX.Element {
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
