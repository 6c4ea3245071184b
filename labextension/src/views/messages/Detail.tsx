import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import {
  arrivalsOf,
  sizeOf,
  type IArrival,
  type ISituation
} from '../../model/arrivals';
import {
  formatBytes,
  formatCount,
  formatDateTime,
  formatTime
} from '../../model/format';
import { plain } from '../../model/ansi';
import type { Item } from '../../model/messageItems';
import { placeOfNode } from '../../model/opening';
import type { IActions, IRunModel, IRunState } from '../../tokens';
import { Fields } from '../common/Fields';
import type { INames } from '../common/hooks';
import { IconButton } from '../common/IconButton';
import { CopyIcon } from '../common/icons';
import { NodeName } from '../common/NodeName';
import { openWord } from '../common/openError';
import { Pane } from '../common/Pane';
import { StateIcon } from '../common/StateIcon';
import { Explanation } from './Explanation';
import { useContent, type IContent } from './useContent';
import { arrivalText, nameOf, storedText } from './words';

interface IDetailProps {
  model: IRunModel;
  actions: IActions;
  trans: TranslationBundle;
  run: IRunState;
  item: Item;
  situation: ISituation;
  names: INames;
  now: number;
  onClose: () => void;
}

/** Everything about one message or stream. */
export function Detail(props: IDetailProps): JSX.Element {
  const { model, actions, trans, run, item, situation, names } = props;
  const content = useContent(model, item);
  const arrivals = arrivalsOf(item, situation);
  const unread = arrivals.filter(
    ({ standing }) => standing === 'stuck' || standing === 'never'
  );
  const sender = run.members.find(({ node }) => node === item.from);
  // A message does not say which cell sent it: the one that is the node.
  const place = sender === undefined ? null : placeOfNode(sender);
  const opens = place === null ? null : actions.opens(place);
  const size = sizeOf(item) ?? content.size;
  const rows: [string, React.ReactNode][] = [
    [trans.__('From'), <Name key="" id={item.from} names={names} />],
    ...timeRows(trans, item)
  ];
  if (item.kind === 'message' && item.title !== '') {
    rows.push([trans.__('Title'), item.title]);
  }
  if (size !== null) {
    rows.push([trans.__('Size'), formatBytes(size)]);
  }
  rows.push([trans.__('Order'), formatCount(item.seq)]);
  if (item.kind === 'stream' && item.label !== '') {
    rows.push([trans.__('Label'), item.label]);
  }
  return (
    <Pane
      className="jp-alphamed-Messages-detail"
      title={nameOf(trans, item)}
      icon={
        unread.length > 0 ? (
          <span
            className="jp-alphamed-Messages-trouble"
            data-state={run.ended > 0 ? 'quiet' : 'not up'}
          >
            <StateIcon state="waiting" />
          </span>
        ) : undefined
      }
      label={trans.__('Details')}
      closeLabel={trans.__('Close')}
      onClose={props.onClose}
    >
      <Fields rows={rows} />
      <Receivers {...props} arrivals={arrivals} />
      {unread.slice(0, 3).map(arrival => (
        <Explanation
          key={arrival.target}
          arrival={arrival}
          member={run.members.find(({ node }) => node === arrival.target)}
          stream={item.kind === 'stream'}
          actions={actions}
          trans={trans}
          run={run}
          names={names}
          now={props.now}
        />
      ))}
      {item.kind === 'message' ? (
        <Content content={content} actions={actions} trans={trans} />
      ) : null}
      <div className="jp-alphamed-Messages-links">
        <button
          type="button"
          className="jp-alphamed-Link"
          onClick={() => {
            model.setMoment({ at: item.at, seq: item.seq });
            model.setView('logs');
          }}
        >
          {trans.__('Log at this moment')}
        </button>
        <button
          type="button"
          className="jp-alphamed-Link"
          onClick={() => model.setAsOf(item.seq)}
        >
          {trans.__('As of here')}
        </button>
        {place === null || opens === null ? null : (
          <button
            type="button"
            className="jp-alphamed-Link"
            onClick={() => void actions.open(place)}
          >
            {openWord(trans, opens)}
          </button>
        )}
      </div>
    </Pane>
  );
}

/** When it was sent, and how long after that it was stored; where the first is not known, when it was stored. */
function timeRows(
  trans: TranslationBundle,
  item: Item
): [string, React.ReactNode][] {
  const time = (at: number): JSX.Element => (
    <span key="" title={formatDateTime(at)}>
      {formatTime(at)}
    </span>
  );
  const sent = item.kind === 'message' ? item.sent : 0;
  if (sent === 0 || sent > item.at) {
    // Nobody knows when, or the clock was set back in between.
    return [[trans.__('Stored'), time(item.at)]];
  }
  return [
    [trans.__('Sent'), time(sent)],
    [trans.__('Stored'), storedText(trans, item.at - sent)]
  ];
}

const MOST_RECEIVERS = 30;

function Receivers(
  props: IDetailProps & { arrivals: readonly IArrival[] }
): JSX.Element {
  const { trans, item, names, now, arrivals } = props;
  const targets: readonly string[] =
    item.kind === 'step' ? item.targets : arrivals.map(({ target }) => target);
  // Those that have not read first, where not all can be shown.
  const shown =
    arrivals.length > MOST_RECEIVERS
      ? [...arrivals].sort(
          (a, b) =>
            Number(a.standing === 'read') - Number(b.standing === 'read')
        )
      : arrivals;
  const more = targets.length - MOST_RECEIVERS;
  return (
    <>
      <h4>{trans.__('Receivers')}</h4>
      <ul className="jp-alphamed-Messages-receivers">
        {item.kind === 'step'
          ? targets.slice(0, MOST_RECEIVERS).map(target => (
              <li key={target}>
                <Name id={target} names={names} />
              </li>
            ))
          : shown.slice(0, MOST_RECEIVERS).map(arrival => (
              <li key={arrival.target} data-standing={arrival.standing}>
                <Name id={arrival.target} names={names} />{' '}
                <span>{arrivalText(trans, item, arrival, now)}</span>
              </li>
            ))}
        {more > 0 ? (
          <li>{trans._n('%1 more', '%1 more', more, formatCount(more))}</li>
        ) : null}
      </ul>
    </>
  );
}

function Name({ id, names }: { id: string; names: INames }): JSX.Element {
  return <NodeName id={id} names={names} />;
}

interface IContentProps {
  content: IContent;
  actions: IActions;
  trans: TranslationBundle;
}

function Content({ content, actions, trans }: IContentProps): JSX.Element {
  const { text, error } = content;
  return (
    <>
      <h4>
        {trans.__('Content')}
        {text === null ? null : (
          <IconButton
            icon={<CopyIcon />}
            label={trans.__('Copy')}
            onClick={() => void actions.copy(text)}
          />
        )}
      </h4>
      {error === '' ? (
        <pre className="jp-alphamed-Messages-content" tabIndex={0}>
          {plain(text ?? ' ')}
        </pre>
      ) : (
        <p className="jp-alphamed-Messages-error">{error}</p>
      )}
    </>
  );
}
