/** The one sentence that says what a task does, who waits for whom, or what broke. Pure. */

import type { IConnection, IRunState } from '../tokens';
import { sentenceOf, type ISentence } from './sentence/clauses';
import { endSentence } from './sentence/end';
import { failureSentence } from './sentence/failure';
import { progressSentence } from './sentence/progress';
import { troubleSentence } from './sentence/trouble';

export type { Clause, ISentence, SentenceAction } from './sentence/clauses';

/** The sentence about the connection, when that is what matters most; null: it stands. */
export function connectionSentence(
  connection: IConnection,
  now: number
): ISentence | null {
  switch (connection.state) {
    case 'lost': {
      const { retryAt, since } = connection;
      const retryIn = retryAt === null ? null : Math.max(0, retryAt - now);
      return sentenceOf('warning', 'plug', [{ kind: 'lost', since, retryIn }], {
        kind: 'retry'
      });
    }
    case 'refused':
      // Where the login has expired, the page that is loaded anew asks for it.
      return sentenceOf(
        'error',
        'refused',
        [{ kind: 'refused', message: connection.message }],
        { kind: 'reload' }
      );
    case 'outdated':
      return sentenceOf('warning', 'plug', [{ kind: 'outdated' }], {
        kind: 'reload'
      });
    default:
      return null;
  }
}

/** The sentence about a run; null: it is not known yet. */
export function runSentence(run: IRunState | null, now: number): ISentence {
  if (run === null) {
    return sentenceOf('plain', 'starting', [{ kind: 'connecting' }]);
  }
  return (
    failureSentence(run, now) ??
    endSentence(run) ??
    troubleSentence(run, now) ??
    progressSentence(run, now)
  );
}
