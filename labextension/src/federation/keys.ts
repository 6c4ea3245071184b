/** The keys of the design's table as commands: `alphamed:<name>`, bound in schema/plugin.json. */

import type { CommandRegistry } from '@lumino/commands';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { IViewKeys, KeyName } from '../views/common/keys';

type Named = Exclude<KeyName, `node-${string}` | `only-node-${string}`>;

/** Register them. `focused` finds the view that has the focus. */
export function addKeyCommands(
  commands: CommandRegistry,
  trans: TranslationBundle,
  focused: () => IViewKeys | null
): void {
  const labels = new Map<KeyName, string>(
    Object.entries(named(trans)) as [Named, string][]
  );
  for (const digit of DIGITS) {
    labels.set(`node-${digit}`, trans.__('Show or hide node %1', digit));
    labels.set(`only-node-${digit}`, trans.__('Show only node %1', digit));
  }
  for (const [name, label] of labels) {
    commands.addCommand(`alphamed:${name}`, {
      label,
      describedBy: { args: { type: 'object', properties: {} } },
      isEnabled: () => focused() !== null,
      execute: () => {
        focused()?.run(name);
      }
    });
  }
}

const DIGITS = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'] as const;

function named(trans: TranslationBundle): Record<Named, string> {
  return {
    up: trans.__('Select the row above'),
    down: trans.__('Select the row below'),
    'page-up': trans.__('Select a page up'),
    'page-down': trans.__('Select a page down'),
    unfold: trans.__('Unfold'),
    fold: trans.__('Fold'),
    detail: trans.__('Open the detail pane'),
    'open-cell': trans.__('Open the cell'),
    oldest: trans.__('Go to the oldest'),
    newest: trans.__('Go to the newest and follow'),
    follow: trans.__('Follow on or off'),
    copy: trans.__('Copy the record'),
    'next-error': trans.__('Next error'),
    'previous-error': trans.__('Previous error'),
    'next-match': trans.__('Next match'),
    'previous-match': trans.__('Previous match'),
    filter: trans.__('Go to the filter box'),
    escape: trans.__('Close the detail pane or clear the selection'),
    'previous-view': trans.__('Previous view'),
    'next-view': trans.__('Next view'),
    'zoom-in': trans.__('Zoom in'),
    'zoom-out': trans.__('Zoom out'),
    fit: trans.__('Fit all')
  };
}
