import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import type { IActions } from '../../tokens';
import { IconButton } from './IconButton';
import { CheckIcon, CopyIcon } from './icons';

/** A line of code to copy. */
export function CodeLine(props: {
  code: string;
  actions: IActions;
  trans: TranslationBundle;
}): JSX.Element {
  const { code, actions, trans } = props;
  const [copied, setCopied] = React.useState(false);
  React.useEffect(() => {
    if (!copied) {
      return;
    }
    const timer = setTimeout(() => setCopied(false), 1500);
    return () => clearTimeout(timer);
  }, [copied]);
  return (
    <div className="jp-alphamed-Code">
      <code>{code}</code>
      <IconButton
        icon={copied ? <CheckIcon /> : <CopyIcon />}
        label={copied ? trans.__('Copied') : trans.__('Copy')}
        onClick={() => {
          actions.copy(code).then(
            () => setCopied(true),
            () => undefined
          );
        }}
      />
    </div>
  );
}
