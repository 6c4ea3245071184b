import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import type { NodeView } from '../../hub/protocol';
import { plain } from '../../model/ansi';
import type { IArrival } from '../../model/arrivals';
import { baseName, formatTime } from '../../model/format';
import { failureText, statusOf } from '../../model/nodes';
import { notebookOf, placeOfNode } from '../../model/opening';
import type { IActions, IRunState } from '../../tokens';
import type { INames } from '../common/hooks';
import { NodeName } from '../common/NodeName';
import { Phrase } from '../common/Phrase';
import { ageText, stateWord } from '../common/words';

export interface IExplanationProps {
  actions: IActions;
  trans: TranslationBundle;
  run: IRunState;
  names: INames;
  now: number;
  arrival: IArrival;
  /** Undefined: nobody of that name was ever seen in the run. */
  member: NodeView | undefined;
  stream: boolean;
}

/** Why a receiver has not read a message, and what becomes of it. */
export function Explanation(props: IExplanationProps): JSX.Element {
  const { run, trans, stream, member } = props;
  return (
    <p
      className={`jp-alphamed-Messages-card${run.ended > 0 ? ' jp-mod-quiet' : ''}`}
    >
      <Reason {...props} />{' '}
      {run.ended > 0
        ? trans.__('The run has ended.')
        : stream
          ? trans.__('The sender waits for it as long as its time limit says.')
          : member?.state === 'up'
            ? trans.__('The message stays in the hub until it is read.')
            : trans.__(
                'The message stays in the hub and is read when the node is up again.'
              )}
    </p>
  );
}

function Reason(props: IExplanationProps): JSX.Element {
  const { arrival, member, names, trans, run, now, actions } = props;
  const name = <NodeName id={arrival.target} names={names} bold plain />;
  if (member === undefined || member.state === 'absent') {
    return (
      <Phrase
        text={trans.__('%1 was never started in this task.')}
        parts={[name]}
      />
    );
  }
  const place = notebookOf(placeOfNode(member));
  const notebook =
    actions.opens(place) === null ? null : (
      <button
        type="button"
        className="jp-alphamed-Link"
        onClick={() => void actions.open(place)}
      >
        {baseName(member.notebook) || trans.__('its notebook')}
      </button>
    );
  switch (member.state) {
    case 'gone': {
      const at = formatTime(member.ended);
      if (notebook !== null && member.cause === 'its process ended') {
        return (
          <Phrase
            text={trans.__('%1 is gone: the kernel of %2 stopped at %3.')}
            parts={[name, notebook, at]}
          />
        );
      }
      return (
        <Phrase text={trans.__('%1 is gone since %2.')} parts={[name, at]} />
      );
    }
    case 'failed': {
      const error = <code key="">{plain(failureText(member))}</code>;
      return member.round === 0 ? (
        <Phrase text={trans.__('%1 failed: %2')} parts={[name, error]} />
      ) : (
        <Phrase
          text={trans.__('%1 failed in round %2: %3')}
          parts={[name, String(member.round), error]}
        />
      );
    }
    case 'stopped':
      return (
        <Phrase text={trans.__('%1 was stopped by the user.')} parts={[name]} />
      );
    case 'ended':
      return <Phrase text={trans.__('%1 has finished.')} parts={[name]} />;
    default: {
      const status = statusOf(member, run, now);
      return (
        <Phrase
          text={trans.__('%1 is up but has not read it: %2 for %3.')}
          parts={[
            name,
            status.name === 'custom' && status.detail !== ''
              ? status.detail
              : stateWord(trans, status.name),
            ageText(trans, now - status.since)
          ]}
        />
      );
    }
  }
}
