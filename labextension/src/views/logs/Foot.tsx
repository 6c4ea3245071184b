/** How much is shown, loaded, stored and lost; and what is being searched or exported. */

import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { formatCount } from '../../model/format';
import type { ISearch } from './data/hubSearch';

export interface IFootProps {
  shown: number;
  loaded: number;
  stored: number;
  dropped: number;
  /** Null: no text is looked for. */
  search: ISearch | null;
  /** From 0 to 1; null: nothing is exported. */
  exported: number | null;
  onSearch(): void;
  onStopSearch(): void;
  onStopExport(): void;
  trans: TranslationBundle;
}

export function Foot(props: IFootProps): JSX.Element {
  const { search, exported, trans } = props;
  return (
    <footer className="jp-alphamed-Foot jp-alphamed-Logs-foot">
      <span>
        {[
          trans.__('%1 shown', formatCount(props.shown)),
          trans.__('%1 loaded', formatCount(props.loaded)),
          trans.__('%1 in the hub', formatCount(props.stored))
        ].join(' · ')}
      </span>
      {search !== null && <SearchWords {...props} search={search} />}
      {exported !== null && (
        <span>
          {trans.__('Exporting, %1', percent(exported))}{' '}
          <button type="button" onClick={props.onStopExport}>
            {trans.__('Cancel')}
          </button>
        </span>
      )}
      {search === null && exported === null && (
        <span>
          {trans.__('Filters change the view, never what is stored.')}
        </span>
      )}
      <span className="jp-alphamed-space" />
      {props.dropped > 0 && (
        <span className="jp-mod-warning">
          {trans.__('%1 dropped', formatCount(props.dropped))}
        </span>
      )}
      <span className="jp-alphamed-Logs-order">
        {trans.__('order: hub sequence · time: the node’s clock')}
      </span>
    </footer>
  );
}

function percent(part: number): string {
  return `${Math.floor(part * 100)} %`;
}

function SearchWords(props: IFootProps & { search: ISearch }): JSX.Element {
  const { search, trans } = props;
  switch (search.state) {
    case 'running':
      return (
        <span>
          {trans.__('Searching the hub, %1', percent(search.progress))}{' '}
          <button type="button" onClick={props.onStopSearch}>
            {trans.__('Stop')}
          </button>
        </span>
      );
    case 'done':
      return <span>{trans.__('all records were searched')}</span>;
    case 'failed':
      return (
        <span className="jp-mod-warning" title={search.message}>
          {trans.__('The hub did not search: %1', search.message)}
        </span>
      );
    case 'idle':
      return (
        <span>
          {search.progress > 0 &&
            `${trans.__('%1 of the run was searched', percent(search.progress))} `}
          <button type="button" onClick={props.onSearch}>
            {trans.__('Search the hub')}
          </button>
        </span>
      );
  }
}
