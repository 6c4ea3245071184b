import { expect, it } from 'vitest';
import { version } from '../../package.json';
import { VERSION } from '../src/version';

it('is the version of the package', () => {
  expect(VERSION).toBe(version);
});
