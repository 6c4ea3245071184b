import * as React from 'react';

export interface IIconButtonProps {
  icon: React.ReactNode;
  label: string;
  onClick: (event: React.MouseEvent<HTMLButtonElement>) => void;
  /** Given: it is a toggle. */
  pressed?: boolean;
  disabled?: boolean;
  /** Show the label beside the icon; it goes when the panel is narrow. */
  showLabel?: boolean;
}

/** A small button with an icon; the label is its name and its tool tip. */
export const IconButton = React.forwardRef<HTMLButtonElement, IIconButtonProps>(
  function IconButton(props, ref): JSX.Element {
    const { icon, label, onClick, pressed, disabled, showLabel } = props;
    return (
      <button
        ref={ref}
        type="button"
        className="jp-alphamed-IconButton"
        title={label}
        aria-label={label}
        aria-pressed={pressed}
        disabled={disabled}
        onClick={onClick}
      >
        {icon}
        {showLabel === true ? (
          <span className="jp-alphamed-IconButton-label">{label}</span>
        ) : null}
      </button>
    );
  }
);
