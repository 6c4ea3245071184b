/** Export, as text or as JSONL. */

import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { ChevronDownIcon } from '../common/icons';
import { IconButton } from '../common/IconButton';
import type { ExportFormat } from './exporting';
import { ExportIcon } from './icons';

export function ExportMenu(props: {
  onExport(format: ExportFormat): void;
  trans: TranslationBundle;
}): JSX.Element {
  const { onExport, trans } = props;
  const [open, setOpen] = React.useState(false);
  const whole = React.useRef<HTMLDivElement>(null);
  React.useEffect(() => {
    if (!open) {
      return;
    }
    whole.current?.querySelector<HTMLElement>('[role=menuitem]')?.focus();
    const away = (event: Event) => {
      if (!(
        event.target instanceof Node && whole.current?.contains(event.target)
      )) {
        setOpen(false);
      }
    };
    document.addEventListener('pointerdown', away);
    return () => document.removeEventListener('pointerdown', away);
  }, [open]);
  const key = (event: React.KeyboardEvent) => {
    const items = [
      ...(whole.current?.querySelectorAll<HTMLElement>('[role=menuitem]') ?? [])
    ];
    const at = items.findIndex(item => item === document.activeElement);
    if (event.key === 'Escape') {
      setOpen(false);
      whole.current?.querySelector('button')?.focus();
    } else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      items[(at + 1) % items.length]?.focus();
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  };
  const item = (format: ExportFormat, label: string) => (
    <button
      type="button"
      role="menuitem"
      onClick={() => {
        setOpen(false);
        onExport(format);
      }}
    >
      {label}
    </button>
  );
  return (
    <div
      className="jp-alphamed-Logs-export"
      ref={whole}
      onKeyDown={open ? key : undefined}
    >
      <IconButton
        icon={<ExportIcon />}
        label={trans.__('Export')}
        showLabel
        popup
        expanded={open}
        onClick={() => setOpen(!open)}
      />
      <ChevronDownIcon size={10} />
      {open && (
        <div role="menu" className="jp-alphamed-Logs-menu">
          {item('text', trans.__('as text'))}
          {item('jsonl', trans.__('as JSONL'))}
        </div>
      )}
    </div>
  );
}
