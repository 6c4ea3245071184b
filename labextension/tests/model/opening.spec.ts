import { describe, expect, it } from 'vitest';
import type { Frame, LogBody } from '../../src/hub/protocol';
import {
  cellOfRecord,
  executionCount,
  isCellName,
  isFile,
  notebookOf,
  placeOfFrame,
  placeOfNode,
  placeOfRecord,
  whatOpens
} from '../../src/model/opening';
import { node as member } from './runs';

const FILE: Frame = {
  file: '/srv/lab/net.py',
  line: 7,
  function: 'forward',
  user: true
};
const CELL: Frame = {
  file: 'Cell In[3]',
  cell: 'defines',
  line: 4,
  function: 'fit',
  user: true
};
const LIBRARY: Frame = { file: '/lib/torch.py', line: 99, function: 'mm' };

function body(frames?: Frame[], more: Partial<LogBody> = {}): LogBody {
  return {
    time: 1,
    level: 40,
    text: 'text',
    kernel: 'k',
    notebook: 'a.ipynb',
    cell: 'runs',
    traceback: frames && { type: 'E', message: '', text: '', frames },
    ...more
  };
}

const inside = (path: string) => path.startsWith('/srv/lab/');
const opened = (of: LogBody) => whatOpens(placeOfRecord(of), inside);

describe('where a record stands', () => {
  it('is the cell that wrote it', () => {
    expect(placeOfRecord(body())).toEqual({
      kernel: 'k',
      notebook: 'a.ipynb',
      cell: 'runs',
      file: '',
      line: 0
    });
    expect(opened(body())).toBe('cell');
  });

  it('is the innermost frame of the user, of an error', () => {
    expect(placeOfRecord(body([CELL, LIBRARY]))).toMatchObject({
      cell: 'defines',
      file: 'Cell In[3]',
      line: 4
    });
    expect(opened(body([FILE, CELL, LIBRARY]))).toBe('cell');
  });

  it('is a file, where that frame stands in one, for whoever asks', () => {
    const place = placeOfRecord(body([CELL, FILE, LIBRARY]));
    expect(place).toMatchObject({ file: '/srv/lab/net.py', line: 7 });
    expect(whatOpens(place, inside)).toBe('file');
  });

  it('is the cell that called a file which lies elsewhere', () => {
    const outside = { ...FILE, file: '/elsewhere/net.py' };
    expect(opened(body([CELL, outside]))).toBe('cell');
    expect(placeOfRecord(body([CELL, outside])).cell).toBe('runs');
    expect(opened(body([outside], { cell: '' }))).toBe('notebook');
    // Nothing else is known: it is tried, and told.
    expect(
      opened(body([outside], { cell: '', notebook: 'train.py', kernel: '' }))
    ).toBe('file');
  });

  it('is the notebook where no cell id is known', () => {
    expect(opened(body(undefined, { cell: '' }))).toBe('notebook');
    // The cell that ran is not the one that this frame is of.
    const unnamed = { ...CELL, cell: undefined };
    expect(placeOfRecord(body([unnamed])).cell).toBe('');
    expect(opened(body([unnamed]))).toBe('notebook');
  });

  it('is the file of a script, and nowhere for what is typed', () => {
    const none = { cell: '', kernel: '' };
    expect(opened(body(undefined, { ...none, notebook: 'a.py' }))).toBe('file');
    expect(opened(body(undefined, { ...none, notebook: '' }))).toBeNull();
  });
});

describe('other places', () => {
  it('a frame stands for itself alone', () => {
    const outside = { ...FILE, file: '/elsewhere/net.py' };
    const place = placeOfFrame(body([outside]), outside);
    expect(place).toMatchObject({ notebook: '', cell: '', line: 7 });
    expect(whatOpens(place, inside)).toBe('file');
    expect(placeOfFrame(body([CELL]), CELL).cell).toBe('defines');
  });

  it('the cell of a record is the one that ran, also of an error', () => {
    expect(cellOfRecord(body([FILE])).cell).toBe('runs');
    expect(cellOfRecord(body([FILE])).file).toBe('');
  });

  it('a node stands in the cell that entered its context', () => {
    const node = member('a', {
      kernel: 'k',
      notebook: 'a.ipynb',
      cell: 'enters'
    });
    expect(whatOpens(placeOfNode(node), inside)).toBe('cell');
    expect(whatOpens(notebookOf(placeOfNode(node)), inside)).toBe('notebook');
    expect(whatOpens(placeOfNode({ ...node, cell: '' }), inside)).toBe(
      'notebook'
    );
  });
});

describe('names of cells', () => {
  it('are no files', () => {
    expect(isCellName('Cell In[3]')).toBe(true);
    expect(isCellName('<string>')).toBe(true);
    expect(isCellName('/srv/In[3].py')).toBe(false);
    expect(isFile('')).toBe(false);
    expect(isFile('net.py')).toBe(true);
    expect(executionCount('Cell In[12]')).toBe(12);
    expect(executionCount('net.py')).toBeNull();
  });
});
