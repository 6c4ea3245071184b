/** Reading what the live feed sends. */

import type { FollowRefused, Following, Overview, Rows } from './protocol';

export type Frame = Following | Rows | Overview | FollowRefused;

/** A frame that this code does not understand: the server is another version, or something between us spoils what it sends. */
export class MalformedFrame extends Error {
  constructor(
    reason: string,
    /** What came; the beginning of it. */
    readonly excerpt: string
  ) {
    super(reason);
    this.name = 'MalformedFrame';
  }
}

const EXCERPT = 200; // characters

/** Throws `MalformedFrame`. Only what the feed itself relies on is looked at; the hub's types are held equal by a test. */
export function readFrame(data: unknown): Frame {
  const excerpt =
    typeof data === 'string' ? data.slice(0, EXCERPT) : `[${typeof data}]`;
  let frame: unknown;
  try {
    frame = JSON.parse(String(data));
  } catch (error) {
    throw new MalformedFrame(String(error), excerpt);
  }
  if (typeof frame !== 'object' || frame === null) {
    throw new MalformedFrame('It is no object.', excerpt);
  }
  const fields = frame as Record<string, unknown>;
  const wanted = FIELDS.get(fields['op']);
  if (wanted === undefined) {
    throw new MalformedFrame(`Its op is ${String(fields['op'])}.`, excerpt);
  }
  for (const [name, holds] of Object.entries(wanted)) {
    if (!holds(fields[name])) {
      throw new MalformedFrame(
        `Its ${name} is ${String(fields[name])}.`,
        excerpt
      );
    }
  }
  return frame as Frame;
}

type Test = (value: unknown) => boolean;

const isNumber: Test = value => typeof value === 'number';
const isText: Test = value => typeof value === 'string';

/** What each kind of frame must have. */
const FIELDS = new Map<unknown, Record<string, Test>>([
  ['following', { hub: isText, number: isNumber }],
  ['rows', { rows: Array.isArray, upto: isNumber }],
  ['overview', { number: isNumber, at: isNumber }],
  ['refused', { message: isText }]
]);
