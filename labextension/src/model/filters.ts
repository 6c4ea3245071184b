/**
 * What of the log records a view shows. Filters change the view, never what is stored.
 *
 * Nodes and levels are told to the hub, which counts and pages what is left. The text is looked for here in what is
 * loaded, and in the hub in what is not.
 */

import type { NodeView } from '../hub/protocol';
import type { IRecordsQuery, LevelName } from '../tokens';
import { isDropped, LEVELS, levelOf, type ILogRecord } from './records';

/** Nodes and levels; null: all of them. */
export interface IScope {
  readonly nodes: readonly string[] | null;
  /** All nodes but these, instead of `nodes`; empty: see there. */
  readonly without: readonly string[];
  readonly levels: readonly LevelName[] | null;
}

export interface ITextFilter {
  readonly text: string;
  readonly matchCase: boolean;
  readonly regex: boolean;
  readonly exclude: boolean;
}

export const NO_TEXT: ITextFilter = {
  text: '',
  matchCase: false,
  regex: false,
  exclude: false
};

export function sameText(one: ITextFilter, other: ITextFilter): boolean {
  return (
    one.text === other.text &&
    (one.text === '' ||
      (one.matchCase === other.matchCase &&
        one.regex === other.regex &&
        one.exclude === other.exclude))
  );
}

/** A name for a scope, equal for equal ones. */
export function scopeKey(scope: IScope): string {
  return JSON.stringify([
    scope.nodes === null ? null : [...scope.nodes].sort(),
    [...scope.without].sort(),
    scope.levels === null ? null : [...scope.levels].sort()
  ]);
}

/** The scope of a view: `hidden` nodes left out of those that there are. It names those that are fewer. */
export function scopeOf(
  nodes: readonly string[],
  hidden: ReadonlySet<string>,
  levels: ReadonlySet<LevelName>
): IScope {
  const shown = nodes.filter(node => !hidden.has(node));
  const isFew = shown.length <= nodes.length - shown.length;
  return {
    nodes: isFew && nodes.length > 0 ? shown : null,
    without: isFew ? [] : nodes.filter(node => hidden.has(node)),
    levels:
      levels.size === LEVELS.length
        ? null
        : LEVELS.filter(level => levels.has(level))
  };
}

/** Nothing can be in it: the hub takes no list of nobody. */
export function isEmptyScope(scope: IScope): boolean {
  return scope.nodes?.length === 0 || scope.levels?.length === 0;
}

/** Whether records of a node are in it. */
function nodeTest(scope: IScope): (node: string) => boolean {
  const nodes = scope.nodes === null ? null : new Set(scope.nodes);
  const without = new Set(scope.without);
  return node => (nodes === null || nodes.has(node)) && !without.has(node);
}

/** Every record is in it. */
export function isWholeScope(scope: IScope): boolean {
  return (
    scope.nodes === null && scope.without.length === 0 && scope.levels === null
  );
}

/** How the hub is asked for its nodes. */
export function hubNodes(
  scope: IScope
): Pick<IRecordsQuery, 'nodes' | 'without'> {
  return scope.nodes === null
    ? scope.without.length === 0
      ? {}
      : { without: scope.without }
    : { nodes: scope.nodes };
}

export type Test = (record: ILogRecord) => boolean;

export function scopeTest(scope: IScope): Test {
  const hasNode = nodeTest(scope);
  const levels = scope.levels === null ? null : new Set(scope.levels);
  return record =>
    hasNode(record.node) &&
    (levels === null || levels.has(levelOf(record.body.level)));
}

/**
 * How many records are in a scope, by what the hub counted for each node; a guess, since the counts are a moment old.
 */
export function expectedTotal(
  scope: IScope,
  members: readonly NodeView[]
): number {
  const hasNode = nodeTest(scope);
  let total = 0;
  for (const member of members) {
    if (hasNode(member.node)) {
      for (const [level, count] of Object.entries(member.levels)) {
        if (
          scope.levels === null ||
          scope.levels.includes(levelOf(Number(level)))
        ) {
          total += count;
        }
      }
    }
  }
  return total;
}

/** How many records of each level the shown nodes have. */
export function levelCounts(
  members: readonly NodeView[],
  hidden: ReadonlySet<string>
): Record<LevelName, number> {
  const counts = { debug: 0, info: 0, warning: 0, error: 0 };
  for (const member of members) {
    if (!hidden.has(member.node)) {
      for (const [level, count] of Object.entries(member.levels)) {
        counts[levelOf(Number(level))] += count;
      }
    }
  }
  return counts;
}

// -- text ------------------------------------------------------------------------------------------------------------

/** What of a record is searched: the same here as in the hub. */
export function searchedText(record: ILogRecord): string {
  const { text, traceback } = record.body;
  return traceback === undefined || traceback === null
    ? text
    : `${text}\n${traceback.text}`;
}

/**
 * Whether a text is found as it stands. (Expressions are not tried here: a bad one would stop the page.) A row that
 * tells of dropped records passes: it is nobody's text.
 */
export function literalTest(filter: ITextFilter): Test {
  const { text, matchCase, exclude } = filter;
  if (text === '') {
    return () => true;
  }
  const wanted = matchCase ? text : text.toLowerCase();
  return record => {
    if (isDropped(record)) {
      return true;
    }
    const searched = searchedText(record);
    const held = matchCase ? searched : searched.toLowerCase();
    return held.includes(wanted) !== exclude;
  };
}

/** Where a text occurs in another, as pairs of begin and end; at most `limit` of them. */
export function occurrences(
  text: string,
  filter: ITextFilter,
  limit = 50
): [number, number][] {
  if (filter.text === '' || filter.regex || filter.exclude) {
    return [];
  }
  const held = filter.matchCase ? text : text.toLowerCase();
  if (held.length !== text.length) {
    return []; // a letter whose small form is longer: places would be off
  }
  const wanted = filter.matchCase ? filter.text : filter.text.toLowerCase();
  const found: [number, number][] = [];
  for (
    let at = held.indexOf(wanted);
    at >= 0 && found.length < limit;
    at = held.indexOf(wanted, at + wanted.length)
  ) {
    found.push([at, at + wanted.length]);
  }
  return found;
}

/** What is wrong with an expression, in the browser's words; null: nothing. */
export function expressionError(filter: ITextFilter): string | null {
  if (!filter.regex || filter.text === '') {
    return null;
  }
  try {
    new RegExp(filter.text, expressionFlags(filter));
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

export function expressionFlags(filter: ITextFilter): string {
  return filter.matchCase ? '' : 'i';
}

/** How the hub is asked for it. It knows no "without": then all records come, and the test is made here. */
export function hubText(
  filter: ITextFilter
): Pick<IRecordsQuery, 'text' | 'regex'> {
  if (filter.text === '' || filter.exclude) {
    return {};
  }
  if (filter.regex) {
    return { regex: filter.matchCase ? filter.text : `(?i)${filter.text}` };
  }
  return filter.matchCase
    ? { regex: filter.text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&') }
    : { text: filter.text };
}

/** The number that `api/records` takes: it knows only "at least". */
export function hubLevel(scope: IScope): number {
  const numbers = { debug: 0, info: 20, warning: 30, error: 40 };
  return scope.levels === null || scope.levels.length === 0
    ? 0
    : Math.min(...scope.levels.map(level => numbers[level]));
}
