import { describe, expect, it } from 'vitest';
import {
  contentsPaths,
  shellQuote,
  shortPath
} from '../../src/federation/paths';

describe('contentsPaths', () => {
  it.each([
    ['a/b.py', '/srv/lab', ['a/b.py']],
    ['./a/../b.py', '/srv/lab', ['b.py']],
    ['../b.py', '/srv/lab', []],
    ['/srv/lab/a/b.py', '/srv/lab', ['a/b.py']],
    ['/srv/lab/a/b.py', '/srv/lab/', ['a/b.py']],
    ['/srv/lab/../../etc/passwd', '/srv/lab', []],
    ['/srv/laboratory/b.py', '/srv/lab', []],
    ['/home/u/proj/b.py', '~/proj', ['b.py']],
    ['/home/u/b.py', '~', ['b.py']],
    ['/root/proj/b.py', '~/proj', ['b.py']],
    ['/data/home/u/proj/b.py', '~/proj', ['b.py']],
    ['/home/u/other/b.py', '~/proj', []],
    ['C:\\Users\\u\\proj\\b.py', '~/proj', ['b.py']]
  ])('%s below %s', (path, root, expected) => {
    expect(contentsPaths(path, root)).toEqual(expected);
  });
});

describe('shellQuote', () => {
  it('quotes what a shell would take apart', () => {
    expect(shellQuote('a/b-c.d')).toBe('a/b-c.d');
    expect(shellQuote("it's a b")).toBe("'it'\\''s a b'");
    expect(shellQuote('~/a b')).toBe("~/'a b'");
  });
});

describe('shortPath', () => {
  it('keeps the end of a long path, by whole names', () => {
    const long = `/a/${'b'.repeat(40)}/folder/net.py`;
    expect(shortPath('/srv/lab/net.py')).toBe('/srv/lab/net.py');
    expect(shortPath(long)).toBe('…/folder/net.py');
    expect(shortPath(`/${'b'.repeat(60)}`)).toBe(`/${'b'.repeat(60)}`);
  });
});
