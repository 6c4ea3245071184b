import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import { createPortal } from 'react-dom';

export interface IHintProps {
  trans: TranslationBundle;
  /** The status item. */
  anchor: HTMLElement;
  onDone: () => void;
}

/** The hint at the status item, once per user. */
export function Hint({ trans, anchor, onDone }: IHintProps): JSX.Element {
  const [left, setLeft] = React.useState(0);
  React.useLayoutEffect(() => {
    const place = () => {
      const box = anchor.getBoundingClientRect();
      setLeft(Math.max(8, box.left - 20));
    };
    place();
    window.addEventListener('resize', place);
    // Other items come and go, and move it.
    const observer = new ResizeObserver(place);
    observer.observe(anchor.parentElement ?? anchor);
    return () => {
      window.removeEventListener('resize', place);
      observer.disconnect();
    };
  }, [anchor]);
  return createPortal(
    <div
      className="jp-alphamed-Hint"
      role="dialog"
      aria-label={trans.__('All nodes at a glance')}
      style={{ left }}
      onKeyDown={event => {
        if (event.key === 'Escape') {
          onDone();
        }
      }}
    >
      <strong>{trans.__('All nodes at a glance')}</strong>
      <p>
        {trans.__(
          'How many run, wait or failed. Click to see them; a failure takes you to its traceback.'
        )}
      </p>
      <button type="button" onClick={onDone}>
        {trans.__('Got it')}
      </button>
    </div>,
    document.body
  );
}
