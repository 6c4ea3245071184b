import { nullTranslator } from '@jupyterlab/translation';
import { describe, expect, it } from 'vitest';
import type { IWaitRow } from '../../src/model/diagramRows';
import { waitText } from '../../src/views/messages/words';
import { namesOf } from '../../src/views/common/hooks';
import { blankRun, member } from '../model/runs';

const trans = nullTranslator.load('alphamed_nb');
const names = namesOf(blankRun([member('a'), member('b'), member('c')]));

function wait(what: string, whom = ['b', 'c']): IWaitRow {
  return { kind: 'wait', at: 80, node: 'a', whom, what };
}

describe('what a wait is for', () => {
  it('is told with its nodes and its age', () => {
    expect(waitText(trans, wait('checkin'), names, 100)).toBe(
      'waits for b, c: checkin, 20 s'
    );
  });

  it('is left out where nobody said it', () => {
    expect(waitText(trans, wait(''), names, 100)).toBe('waits for b, c, 20 s');
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
    waitText(chinese, wait('update of round 2'), names, 100);
    expect(heard).toContain('第 2 轮更新');
  });
});
