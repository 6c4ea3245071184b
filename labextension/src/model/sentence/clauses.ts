/** What the sentence is made of. Pure; `SentenceBar` puts it into words. */

import type { Activity } from '../../hub/protocol';
import type { StateName } from '../activities';
import type { IAwaited } from '../waits';

export type Tone = 'plain' | 'warning' | 'error';

export type SentenceIcon = StateName | 'plug' | 'refused';

/** One full sentence each. */
export type Clause =
  | { kind: 'connecting' }
  | { kind: 'lost'; since: number; retryIn: number | null }
  | { kind: 'refused'; message: string }
  | { kind: 'outdated' }
  | {
      kind: 'failed';
      /** All with the same error. */
      nodes: readonly string[];
      /** 0: not known, or not all in one. */
      round: number;
      /** Null: not known, or not all while at the same. */
      activity: Activity | null;
      error: string;
      /** Empty: not known. */
      place: string;
    }
  | {
      kind: 'many failed';
      count: number;
      total: number;
      /** 0: not all in one. */
      round: number;
      /** The same one of all. */
      error: string;
    }
  | { kind: 'others failed'; count: number }
  | {
      kind: 'consequence';
      nodes: readonly string[];
      /** The type of the error: why it is there was told before. */
      error: string;
      /** Of whose failures; empty: of those that were told just before. */
      of: readonly string[];
    }
  | { kind: 'slow'; count: number }
  | {
      kind: 'gone';
      nodes: readonly string[];
      cause: string;
      since: number | null;
    }
  | { kind: 'never started'; nodes: string[] }
  | { kind: 'cycle'; nodes: string[]; since: number }
  | {
      kind: 'waits';
      node: string;
      whom: string[];
      awaited: IAwaited;
      since: number;
    }
  | { kind: 'updates'; node: string; count: number }
  | {
      kind: 'training';
      round: number;
      of: number;
      nodes: string[];
      waiter: string | null;
    }
  | {
      kind: 'busy';
      round: number;
      of: number;
      nodes: string[];
      activity: Activity;
    }
  | { kind: 'custom'; node: string; text: string }
  | { kind: 'starting'; up: number; total: number }
  | { kind: 'quiet'; round: number; of: number }
  | { kind: 'finished'; rounds: number; seconds: number }
  | { kind: 'stopped'; round: number; of: number }
  | { kind: 'ended'; seconds: number };

export type SentenceAction =
  | { kind: 'open cell'; node: string; seq: number }
  | { kind: 'show traceback'; node: string; seq: number }
  | { kind: 'how to start'; node: string }
  | { kind: 'retry' }
  | { kind: 'reload' };

export interface ISentence {
  /** Changes when there is something new to tell a listener. */
  kind: string;
  tone: Tone;
  icon: SentenceIcon;
  clauses: Clause[];
  action: SentenceAction | null;
}

/** A sentence of these clauses. */
export function sentenceOf(
  tone: Tone,
  icon: SentenceIcon,
  clauses: Clause[],
  action: SentenceAction | null = null
): ISentence {
  return { kind: kindOf(tone, clauses), tone, icon, clauses, action };
}

/** What of it is news: kinds and nodes, not ages and counts. */
function kindOf(tone: Tone, clauses: readonly Clause[]): string {
  const news = clauses.map(clause => {
    const nodes = 'nodes' in clause ? clause.nodes : [];
    const node = 'node' in clause ? clause.node : '';
    // Who trains changes all the time, who is in trouble does not.
    return tone === 'plain'
      ? clause.kind
      : [clause.kind, node, ...nodes.slice(0, 4)].join(' ');
  });
  return `${tone}: ${news.join(', ')}`;
}
