import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import type { NodeView } from '../../hub/protocol';
import { formatCount } from '../../model/format';
import type { NodeFilter } from '../../model/nodeList';
import type { StateName } from '../../model/activities';
import type { IActions } from '../../tokens';
import { ChevronDownIcon, CloseIcon, SearchIcon } from '../common/icons';
import type { MenuEntry } from '../common/Menu';
import { MenuButton } from '../common/Menu';
import { StateIcon } from '../common/StateIcon';
import { stateWord } from '../common/words';
import type { INodesProps } from './props';

/** Search, a chip per state, what can be done with all, the order. */
export function Toolbar(
  props: INodesProps & { search: React.RefObject<HTMLInputElement> }
): JSX.Element {
  const { actions, trans, run, settings, list, search } = props;
  const { filter, sort, text } = settings;
  const order =
    sort === 'problems' ? trans.__('Problems first') : trans.__('By number');
  return (
    <div className="jp-alphamed-Nodes-tools">
      <div className="jp-alphamed-Search jp-alphamed-Nodes-search">
        <SearchIcon />
        <input
          ref={search}
          type="text"
          value={text}
          placeholder={trans.__('Find node')}
          aria-label={trans.__('Find node')}
          spellCheck={false}
          onChange={event => settings.setText(event.target.value)}
          onKeyDown={event => {
            if (event.key === 'Escape' && text !== '') {
              event.stopPropagation();
              settings.setText('');
            }
          }}
        />
        {text === '' ? null : (
          <button
            type="button"
            title={trans.__('Clear')}
            aria-label={trans.__('Clear')}
            onClick={() => settings.setText('')}
          >
            <CloseIcon size={12} />
          </button>
        )}
      </div>
      <div
        className="jp-alphamed-Segments jp-alphamed-Nodes-chips"
        role="group"
        aria-label={trans.__('State')}
      >
        {list.chips.map(chip => (
          <button
            key={chip.filter}
            type="button"
            aria-pressed={filter === chip.filter}
            data-filter={chip.filter}
            onClick={() =>
              settings.setFilter(filter === chip.filter ? 'all' : chip.filter)
            }
          >
            {chip.filter === 'all' ? null : (
              <StateIcon state={iconOf(chip.filter)} size={12} />
            )}
            {filterWord(trans, chip.filter)}
            <span className="jp-alphamed-Nodes-count">
              {formatCount(chip.count)}
            </span>
          </button>
        ))}
      </div>
      <span className="jp-alphamed-space" />
      <MenuButton
        className="jp-alphamed-Nodes-menu jp-mod-all"
        label={trans.__('Notebooks of all nodes')}
        align="end"
        entries={() => allEntries(run.members, actions, trans)}
      >
        {trans.__('All notebooks')}
        <ChevronDownIcon size={12} />
      </MenuButton>
      <MenuButton
        className="jp-alphamed-Nodes-menu"
        label={trans.__('Order: %1', order)}
        align="end"
        entries={() => [
          {
            label: trans.__('Problems first'),
            checked: sort === 'problems',
            run: () => settings.setSort('problems')
          },
          {
            label: trans.__('By number'),
            checked: sort === 'number',
            run: () => settings.setSort('number')
          }
        ]}
      >
        {order}
        <ChevronDownIcon size={12} />
      </MenuButton>
    </div>
  );
}

function iconOf(filter: Exclude<NodeFilter, 'all'>): StateName {
  return filter === 'slow' ? 'left out' : filter;
}

function filterWord(trans: TranslationBundle, filter: NodeFilter): string {
  switch (filter) {
    case 'all':
      return trans.__('All');
    case 'slow':
      return trans.__('slow');
    default:
      return stateWord(trans, filter);
  }
}

/** Actions on the notebooks of the whole task, each notebook once. */
function allEntries(
  members: readonly NodeView[],
  actions: IActions,
  trans: TranslationBundle
): MenuEntry[] {
  const own = new Map<string, NodeView>();
  for (const member of members) {
    const key = member.kernel || member.notebook;
    if (key !== '' && !own.has(key) && actions.hasNotebook(member)) {
      own.set(key, member);
    }
  }
  const each = (act: (node: NodeView) => Promise<void>) => () => {
    for (const member of own.values()) {
      // Whoever implements the actions tells the user what went wrong.
      void act(member);
    }
  };
  const disabled = own.size === 0;
  return [
    {
      label: trans.__('Run all notebooks'),
      hint: formatCount(own.size),
      disabled,
      run: each(node => actions.runNotebook(node))
    },
    {
      label: trans.__('Interrupt all kernels'),
      disabled,
      run: each(node => actions.interrupt(node))
    },
    {
      label: trans.__('Restart all kernels'),
      disabled,
      run: () => void actions.restart([...own.values()])
    }
  ];
}
