import * as React from 'react';
import { ChevronDownIcon } from './icons';

export interface IPopoverProps {
  /** What the button shows; with an icon alone it needs a title. */
  label: React.ReactNode;
  title: string;
  className?: string;
  /** No arrow beside the label. */
  plain?: boolean;
  children: React.ReactNode | ((close: () => void) => React.ReactNode);
}

/** A button that opens a small pane below it; a click elsewhere and Escape close it. */
export function Popover(props: IPopoverProps): JSX.Element {
  const { label, title, className = '', plain = false, children } = props;
  const [open, setOpen] = React.useState(false);
  const root = React.useRef<HTMLDivElement>(null);
  const button = React.useRef<HTMLButtonElement>(null);
  const close = React.useCallback(() => {
    setOpen(false);
    button.current?.focus();
  }, []);
  React.useEffect(() => {
    if (!open) {
      return;
    }
    const outside = (event: PointerEvent): void => {
      if (
        !(event.target instanceof Node) ||
        !root.current?.contains(event.target)
      ) {
        setOpen(false);
      }
    };
    document.addEventListener('pointerdown', outside, true);
    return () => document.removeEventListener('pointerdown', outside, true);
  }, [open]);
  return (
    <div
      ref={root}
      className="jp-alphamed-Popover"
      onKeyDown={event => {
        if (open && event.key === 'Escape') {
          event.stopPropagation();
          close();
        }
      }}
    >
      <button
        ref={button}
        type="button"
        className={`jp-alphamed-Popover-button ${className}`.trim()}
        title={title}
        aria-label={title}
        aria-haspopup="true"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      >
        {label}
        {plain ? null : <ChevronDownIcon size={12} />}
      </button>
      {open ? (
        <div className="jp-alphamed-Popover-pane">
          {typeof children === 'function' ? children(close) : children}
        </div>
      ) : null}
    </div>
  );
}
