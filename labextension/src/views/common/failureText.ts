/** What broke, in plain text. */

import type { TranslationBundle } from '@jupyterlab/translation';
import type { FailureView } from '../../hub/protocol';
import { plain } from '../../model/ansi';
import { errorLine, followsFrom, type ITold } from '../../model/failures';
import { formatCount } from '../../model/format';
import { causeText } from './words';

/** How a node is called. */
type Name = (node: string) => string;

/** `A`, `A and B`, `A, B and C`, `12 nodes`. */
export function listText(
  trans: TranslationBundle,
  { nodes, count }: Pick<FailureView, 'nodes' | 'count'>,
  name: Name
): string {
  const [one = '', two = '', three = ''] = nodes.slice(0, 3).map(name);
  switch (count) {
    case 1:
      return one;
    case 2:
      return trans.__('%1 and %2', one, two);
    case 3:
      return trans.__('%1, %2 and %3', one, two, three);
    default:
      return trans.__('%1 nodes', formatCount(count));
  }
}

/** The error and its place; of a node that is gone, the cause. */
export function whyText(
  trans: TranslationBundle,
  failure: FailureView
): string {
  const { gone, type, message, place } = failure;
  if (gone) {
    return causeText(trans, message);
  }
  const error = plain(errorLine(type, message));
  return place === '' ? error : trans.__('%1 at %2', error, plain(place));
}

/** `C failed in consequence: TooFewUpdates.`; empty: nothing did. */
export function consequenceText(
  trans: TranslationBundle,
  { first, consequence }: ITold,
  name: Name
): string {
  if (consequence === null) {
    return '';
  }
  const { because_of } = consequence;
  const type = plain(consequence.type);
  const nodes = listText(trans, consequence, name);
  if (followsFrom(consequence, first)) {
    return trans.__('%1 failed in consequence: %2.', nodes, type);
  }
  const of = { nodes: because_of, count: because_of.length };
  return trans.__(
    '%1 failed in consequence of %2: %3.',
    nodes,
    listText(trans, of, name),
    type
  );
}
