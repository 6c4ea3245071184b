import * as React from 'react';
import type { NodeFilter, NodeSort } from '../../model/nodeList';
import { STATE_NAMES } from '../../model/activities';
import type { IRunModel } from '../../tokens';

/** What the user set in the Nodes view. All but the text of the search survives a reload. */
export interface INodeSettings {
  filter: NodeFilter;
  sort: NodeSort;
  text: string;
  selected: string | null;
  setFilter(filter: NodeFilter): void;
  setSort(sort: NodeSort): void;
  setText(text: string): void;
  /** Null: nobody. */
  select(node: string | null): void;
}

export function useNodeSettings(model: IRunModel): INodeSettings {
  const [text, setText] = React.useState('');
  const { saved } = model;
  return {
    filter: filterOf(saved['nodes.filter']),
    sort: saved['nodes.sort'] === 'number' ? 'number' : 'problems',
    text,
    // Read anew at each key: it is drawn a frame later.
    get selected() {
      const selected = model.saved['nodes.selected'];
      return typeof selected === 'string' ? selected : null;
    },
    setFilter: filter => model.save('nodes.filter', filter),
    setSort: sort => model.save('nodes.sort', sort),
    setText,
    select: node => model.save('nodes.selected', node)
  };
}

function filterOf(value: unknown): NodeFilter {
  if (value === 'slow') {
    return value;
  }
  return STATE_NAMES.find(state => state === value) ?? 'all';
}
