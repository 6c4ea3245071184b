import * as React from 'react';
import type { Item } from '../../model/messageItems';
import type { IRunModel } from '../../tokens';

export interface IContent {
  /** JSON for people; null: it is not there yet. */
  text: string | null;
  /** Bytes of its JSON as it travels. */
  size: number | null;
  error: string;
}

const NONE: IContent = { text: null, size: null, error: '' };

/** What a message says: the diagram's rows come without it. */
export function useContent(model: IRunModel, item: Item): IContent {
  const [held, setHeld] = React.useState<{ seq: number; content: IContent }>({
    seq: 0,
    content: NONE
  });
  const { task, live } = model;
  const run = live?.run;
  const seq = item.kind === 'message' ? item.seq : 0;
  const { api } = model.federation;
  React.useEffect(() => {
    if (seq === 0 || task === null || run === undefined) {
      return;
    }
    let current = true;
    const set = (content: IContent): void => {
      if (current) {
        setHeld({ seq, content });
      }
    };
    api
      .records({
        task,
        run,
        kinds: ['event'],
        after: seq - 1,
        before: seq + 1,
        limit: 1
      })
      .then(({ rows }) => {
        const row = rows.find(other => other.seq === seq);
        set(
          row?.kind === 'event' ? contentOf(row.body) : { ...NONE, text: '' }
        );
      })
      .catch((error: unknown) =>
        set({
          ...NONE,
          error: error instanceof Error ? error.message : String(error)
        })
      );
    return () => {
      current = false;
    };
  }, [api, task, run, seq]);
  return held.seq === seq ? held.content : NONE;
}

function contentOf(body: { contract: unknown }): IContent {
  const json = JSON.stringify(body.contract) as string | undefined;
  return {
    text: JSON.stringify(body.contract, null, 2) ?? '',
    size: json === undefined ? null : new TextEncoder().encode(json).length,
    error: ''
  };
}
