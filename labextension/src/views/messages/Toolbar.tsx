import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import type { ISelection } from '../../model/messageChoice';
import { formatCount } from '../../model/format';
import { DownIcon, MoreIcon } from '../common/icons';
import { MenuList } from '../common/Menu';
import { StateIcon } from '../common/StateIcon';
import { ControlGlyph, HandshakeGlyph, StreamGlyph } from './Glyphs';
import { Popover } from '../common/Popover';
import type { ISettings } from './settings';

export interface IToolbarProps {
  settings: ISettings;
  change: (parts: Partial<ISettings>) => void;
  selection: ISelection;
  /** Unread ones are nothing to worry about any more. */
  ended: boolean;
  following: boolean;
  /** How many messages came since following was paused. */
  fresh: number;
  onFollow: () => void;
  onZoom: (direction: 1 | -1) => void;
  onFit: () => void;
  /** More filters, where a run has many nodes. */
  extra?: React.ReactNode;
  trans: TranslationBundle;
}

/** Which sorts of messages are shown, the scale, and whether the view follows. */
export function Toolbar(props: IToolbarProps): JSX.Element {
  const { settings, change, selection, trans } = props;
  const { counts } = selection;
  return (
    <div
      className="jp-alphamed-Messages-toolbar"
      role="toolbar"
      aria-label={trans.__('Messages')}
    >
      <div className="jp-alphamed-Segments jp-alphamed-Messages-chips">
        <Chip
          icon={<ControlGlyph />}
          label={trans.__('control')}
          count={counts.control}
          pressed={settings.control}
          onClick={() => change({ control: !settings.control })}
        />
        <Chip
          icon={<StreamGlyph />}
          label={trans.__('data streams')}
          count={counts.streams}
          pressed={settings.streams}
          onClick={() => change({ streams: !settings.streams })}
        />
        <Chip
          icon={<HandshakeGlyph />}
          label={trans.__('transfer handshake')}
          count={counts.handshake}
          pressed={settings.handshake}
          onClick={() => change({ handshake: !settings.handshake })}
        />
      </div>
      {counts.stuck > 0 ||
      settings.unread ||
      (props.ended && counts.unread > 0) ? (
        <div className="jp-alphamed-Segments jp-alphamed-Messages-chips">
          <button
            type="button"
            className={`jp-alphamed-Messages-chip jp-mod-unread${counts.stuck > 0 ? '' : ' jp-mod-quiet'}`}
            aria-pressed={settings.unread}
            onClick={() => change({ unread: !settings.unread })}
          >
            <StateIcon state="waiting" />
            <b>{trans.__('not read')}</b> <b>{formatCount(counts.unread)}</b>
          </button>
        </div>
      ) : null}
      <Types {...props} />
      {props.extra}
      <span className="jp-alphamed-space" />
      <Scale {...props} />
      <button
        type="button"
        className="jp-alphamed-Messages-button jp-mod-follow"
        aria-pressed={props.following}
        title={trans.__('Follow')}
        onClick={props.onFollow}
      >
        <DownIcon />
        <span>{props.following ? trans.__('Follow') : trans.__('Paused')}</span>
        {props.fresh > 0 ? (
          <span className="jp-alphamed-Messages-fresh">
            {trans.__('%1 new', formatCount(props.fresh))}
          </span>
        ) : null}
      </button>
      <Popover
        plain
        label={<MoreIcon />}
        title={trans.__('More')}
        className="jp-mod-icon"
      >
        {close => (
          <MenuList
            className="jp-alphamed-Popover-list"
            label={trans.__('More')}
            leave={close}
            entries={[
              {
                label: trans.__('Show as table'),
                checked: settings.table,
                toggle: true,
                run: () => change({ table: !settings.table })
              },
              { label: trans.__('Fit'), run: props.onFit }
            ]}
          />
        )}
      </Popover>
    </div>
  );
}

interface IChipProps {
  icon: React.ReactNode;
  label: string;
  count: number;
  pressed: boolean;
  onClick: () => void;
}

function Chip(props: IChipProps): JSX.Element {
  const { icon, label, count, pressed, onClick } = props;
  return (
    <button
      type="button"
      className="jp-alphamed-Messages-chip"
      title={label}
      aria-label={`${label} ${formatCount(count)}`}
      aria-pressed={pressed}
      onClick={onClick}
    >
      {icon}
      <span className="jp-alphamed-Messages-chipLabel">{label}</span>{' '}
      <span className="jp-alphamed-Messages-count">{formatCount(count)}</span>
    </button>
  );
}

function Types({
  settings,
  change,
  selection,
  trans
}: IToolbarProps): JSX.Element | null {
  const types = [...selection.types].sort(([a], [b]) => (a < b ? -1 : 1));
  if (types.length < 2) {
    return null;
  }
  const hidden = new Set(settings.hiddenTypes);
  const shown = types.filter(([type]) => !hidden.has(type)).length;
  const toggle = (type: string): void => {
    const next = new Set(hidden);
    if (!next.delete(type)) {
      next.add(type);
    }
    change({ hiddenTypes: [...next] });
  };
  return (
    <Popover
      title={trans.__('Event types')}
      label={
        shown === types.length
          ? trans.__('all types')
          : trans.__('%1 of %2 types', String(shown), String(types.length))
      }
    >
      <div
        className="jp-alphamed-Popover-list"
        role="group"
        aria-label={trans.__('Event types')}
      >
        {types.map(([type, count]) => (
          <label key={type}>
            <input
              type="checkbox"
              checked={!hidden.has(type)}
              onChange={() => toggle(type)}
            />
            <code>{type}</code>
            <span className="jp-alphamed-Messages-count">
              {formatCount(count)}
            </span>
          </label>
        ))}
        <div className="jp-alphamed-Popover-foot">
          <button type="button" onClick={() => change({ hiddenTypes: [] })}>
            {trans.__('All')}
          </button>
          <button
            type="button"
            onClick={() => change({ hiddenTypes: types.map(([type]) => type) })}
          >
            {trans.__('None')}
          </button>
        </div>
      </div>
    </Popover>
  );
}

function Scale({
  settings,
  change,
  onZoom,
  trans
}: IToolbarProps): JSX.Element {
  return (
    <>
      <span className="jp-alphamed-Messages-caption">{trans.__('Scale')}</span>
      <div
        className="jp-alphamed-Segments jp-alphamed-Messages-chips jp-mod-scale"
        role="radiogroup"
        aria-label={trans.__('Scale')}
      >
        {(['events', 'time'] as const).map(by => (
          <button
            key={by}
            type="button"
            role="radio"
            className="jp-alphamed-Messages-chip"
            aria-checked={settings.by === by}
            onClick={() => change({ by })}
          >
            {by === 'events' ? trans.__('events') : trans.__('time')}
          </button>
        ))}
      </div>
      <button
        type="button"
        className="jp-alphamed-Messages-button jp-mod-zoom"
        title={trans.__('Zoom out')}
        aria-label={trans.__('Zoom out')}
        onClick={() => onZoom(-1)}
      >
        −
      </button>
      <button
        type="button"
        className="jp-alphamed-Messages-button jp-mod-zoom"
        title={trans.__('Zoom in')}
        aria-label={trans.__('Zoom in')}
        onClick={() => onZoom(1)}
      >
        +
      </button>
    </>
  );
}
