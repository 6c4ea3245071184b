import { nullTranslator } from '@jupyterlab/translation';
import { describe, expect, it } from 'vitest';
import { MessageBook } from '../../src/model/messages';
import type { IWaitRow } from '../../src/model/diagramRows';
import { nameOf, waitText } from '../../src/views/messages/words';
import { namesOf } from '../../src/views/common/hooks';
import type { IAwaited } from '../../src/model/waits';
import { offer } from '../model/messageRows';
import { blankRun, JOIN, member, stream } from '../model/runs';

const trans = nullTranslator.load('alphamed_nb');
const names = namesOf(blankRun([member('a'), member('b'), member('c')]));

function wait(awaited: IAwaited): IWaitRow {
  return { kind: 'wait', at: 80, node: 'a', whom: ['b', 'c'], awaited };
}

describe('a data stream', () => {
  it.each([
    ['parameters', 'parameters'],
    ['update', 'update'],
    ['gradients', 'gradients'],
    ['', 'data stream']
  ])('is called by what it holds, whatever its label: %s', (name, word) => {
    const book = new MessageBook();
    const row = offer(1, 1, 'a', 'b', 'offered', 'o', 's');
    book.add([{ ...row, body: { ...row.body, name, label: 'x/1' } }]);
    expect(book.items.map(item => nameOf(trans, item))).toEqual([
      `${word}: offered`,
      word
    ]);
  });
});

describe('what a wait is for', () => {
  it('is told with its nodes and its age', () => {
    expect(waitText(trans, wait(JOIN), names, 100)).toBe(
      'waits for b, c: checkin, 20 s'
    );
  });

  it('is told in the reader’s language', () => {
    const heard: unknown[] = [];
    const chinese = {
      ...trans,
      __: (text: string, ...parts: unknown[]) => {
        heard.push(...parts);
        return text === 'update of round %1' ? `第 ${parts[0]} 轮更新` : text;
      }
    } as typeof trans;
    waitText(chinese, wait(stream('update', 2)), names, 100);
    expect(heard).toContain('第 2 轮更新');
  });
});
