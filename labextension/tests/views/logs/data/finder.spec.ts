import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { NO_TEXT } from '../../../../src/model/filters';
import { LogSource, type IWish } from '../../../../src/views/logs/data/source';
import { FakeHub, settle } from '../fixtures';

interface IQuestion {
  source: string;
  flags: string;
  texts: readonly string[];
}

/** Workers that answer when they are told to. */
class HeldWorker {
  static all: HeldWorker[] = [];

  onmessage: ((event: { data: unknown }) => void) | null = null;
  readonly questions: IQuestion[] = [];
  isTerminated = false;

  constructor() {
    HeldWorker.all.push(this);
  }

  postMessage(question: IQuestion): void {
    this.questions.push(question);
  }

  terminate(): void {
    this.isTerminated = true;
  }

  /** Answer everything that was asked of those that still run. */
  static answer(): void {
    for (const worker of HeldWorker.all) {
      for (const { source, flags, texts } of worker.questions.splice(0)) {
        const expression = new RegExp(source, flags);
        const found = texts.flatMap((text, index) => {
          const match = expression.exec(text);
          return match === null
            ? []
            : [index, match.index, match.index + match[0].length];
        });
        if (!worker.isTerminated) {
          worker.onmessage?.({ data: { found: Int32Array.from(found) } });
        }
      }
    }
  }
}

/** All questions are answered, those that follow from the answers too. */
async function answered(): Promise<void> {
  do {
    HeldWorker.answer();
    await settle();
  } while (HeldWorker.all.some(worker => isAsked(worker)));
}

function isAsked({ isTerminated, questions }: HeldWorker): boolean {
  return !isTerminated && questions.length > 0;
}

const OPEN: IWish = {
  task: 't',
  run: 1,
  scope: { nodes: null, without: [], levels: null },
  text: NO_TEXT,
  cleared: 0,
  asOf: null
};

function expression(text: string, exclude = false): IWish {
  return { ...OPEN, text: { ...NO_TEXT, text, regex: true, exclude } };
}

let hub: FakeHub;
let source: LogSource;

beforeEach(async () => {
  HeldWorker.all = [];
  vi.stubGlobal('Worker', HeldWorker);
  vi.stubGlobal(
    'URL',
    class extends URL {
      static override createObjectURL = () => 'blob:';
      static override revokeObjectURL = () => undefined;
    }
  );
  await begin(100);
});

async function begin(count: number): Promise<void> {
  hub = new FakeHub(count);
  source = new LogSource(hub.model());
  source.ask(OPEN);
  await settle();
}

afterEach(() => {
  source.dispose();
  vi.unstubAllGlobals();
});

function texts(): (string | undefined)[] {
  return Array.from(
    { length: source.count },
    (_, at) => source.at(at)?.body.text
  );
}

function linesWith(pattern: RegExp): string[] {
  return hub.rows
    .map(({ body }) => body.text)
    .filter(text => pattern.test(text));
}

describe('an expression', () => {
  it('is tried on what comes meanwhile, too', async () => {
    source.ask(expression('line .*1$'));
    await settle();
    hub.grow(30);
    await answered();
    expect(texts()).toEqual(linesWith(/line .*1$/));
    source.ask(expression('line .*2$'));
    await settle();
    hub.grow(30);
    await answered();
    expect(texts()).toEqual(linesWith(/line .*2$/));
  });

  it('that is not wanted any more is not put in force', async () => {
    source.ask(expression('line .*1$'));
    await answered();
    source.ask(expression('line .*2$'));
    await settle();
    source.ask(expression('line .*1$'));
    await answered();
    expect(source.finder.filter.text).toBe('line .*1$');
    expect(texts()).toEqual(linesWith(/line .*1$/));
  });

  it('stays in force for what comes while a wrong one is in the box', async () => {
    source.ask(expression('line .*1$'));
    await answered();
    hub.grow(30);
    await settle();
    source.ask(expression('('));
    await answered();
    expect(source.finder.problem?.kind).toBe('invalid');
    expect(texts()).toEqual(linesWith(/line .*1$/));
    source.ask(expression('line .*1$'));
    await answered();
    expect(source.finder.problem).toBeNull();
  });

  it('that changes while other nodes are chosen is the one in force', async () => {
    source.dispose();
    await begin(9000); // more than is held
    source.ask(expression('line .*1$'));
    await answered();
    const scope = { nodes: ['b'], without: [], levels: null };
    source.ask({ ...expression('line .*1$'), scope });
    await settle();
    source.ask({ ...expression('line .*3$'), scope });
    await answered();
    expect(source.finder.filter.text).toBe('line .*3$');
    expect(source.count).toBeGreaterThan(0);
    expect(texts().filter(text => !text?.endsWith('3'))).toEqual([]);
  });

  it('tells where it matched', async () => {
    source.ask(expression('\\d1'));
    await answered();
    expect(source.finder.placeOf(hub.rows[21]?.seq ?? 0)).toEqual([5, 7]);
    expect(source.finder.placeOf(hub.rows[22]?.seq ?? 0)).toBeNull();
  });
});
