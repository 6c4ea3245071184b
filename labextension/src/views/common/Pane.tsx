import * as React from 'react';
import { IconButton } from './IconButton';
import { CloseIcon } from './icons';

export interface IPaneProps {
  title: React.ReactNode;
  icon?: React.ReactNode;
  /** Not given: it cannot be closed. */
  onClose?: () => void;
  /** The translated name of the close button. */
  closeLabel?: string;
  /** At the right of the title. */
  actions?: React.ReactNode;
  className?: string;
  /** For screen readers. */
  label?: string;
  children?: React.ReactNode;
}

/** A pane with a head: title, actions, close button. */
export function Pane(props: IPaneProps): JSX.Element {
  const { title, icon, onClose, actions, className = '', children } = props;
  return (
    <section
      className={`jp-alphamed-Pane ${className}`.trim()}
      aria-label={props.label}
    >
      <header className="jp-alphamed-Pane-head">
        {icon}
        <span className="jp-alphamed-Pane-title">{title}</span>
        <span className="jp-alphamed-Pane-actions">{actions}</span>
        {onClose === undefined ? null : (
          <IconButton
            icon={<CloseIcon />}
            label={props.closeLabel ?? 'Close'}
            onClick={onClose}
          />
        )}
      </header>
      <div className="jp-alphamed-Pane-body">{children}</div>
    </section>
  );
}
