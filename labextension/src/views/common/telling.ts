import type { Clause } from '../../model/sentence';
import type { ITellers } from './NodeList';

/** The properties of what says one kind of clause. */
export type Telling<K extends Clause['kind']> = ITellers & {
  clause: Extract<Clause, { kind: K }>;
};
