import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { IPlaceInLanes } from '../../model/laneSteps';
import type { ITraffic } from '../../model/traffic';
import type { IRunModel } from '../../tokens';
import { IconButton } from '../common/IconButton';
import { NodeName } from '../common/NodeName';
import type { INames } from '../common/hooks';
import { CloseIcon } from '../common/icons';
import { bytesOf, intervalLines, intervalWord } from './Lane';

export interface IBarDetailProps {
  model: IRunModel;
  selected: IPlaceInLanes;
  now: number;
  names: INames;
  traffic: ITraffic | null;
  trans: TranslationBundle;
  onClose: () => void;
}

/** The chosen bar in words, and where to go from there. */
export function BarDetail(props: IBarDetailProps): JSX.Element {
  const { model, selected, now, names, traffic, trans, onClose } = props;
  const { node, interval } = selected;
  const [activity, detail, , , , seq] = interval;
  const facts = [
    activity !== 'custom' && detail !== '' ? detail : '',
    ...intervalLines(trans, interval, now),
    ...bytesOf(trans, traffic, node, interval, now)
  ].filter(text => text !== '');
  return (
    <div className="jp-alphamed-Rounds-detail">
      <span className="jp-alphamed-Rounds-facts" role="status">
        <NodeName id={node} names={names} />
        <b>{intervalWord(trans, interval)}</b>
        {facts.map((text, place) => (
          <span key={place}>{text}</span>
        ))}
      </span>
      <button
        type="button"
        className="jp-alphamed-Link"
        onClick={() => model.setView('logs')}
      >
        {trans.__('Log at this moment')}
      </button>
      <button
        type="button"
        className="jp-alphamed-Link"
        onClick={() => model.setView('messages')}
      >
        {trans.__('Show this moment in Messages')}
      </button>
      <button
        type="button"
        className="jp-alphamed-Link"
        disabled={model.asOf === seq}
        onClick={() => model.setAsOf(seq)}
      >
        {trans.__('As of here')}
      </button>
      <IconButton
        icon={<CloseIcon />}
        label={trans.__('Close')}
        onClick={onClose}
      />
    </div>
  );
}
