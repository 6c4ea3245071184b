/** Red marks beside the scroll bar: where in the run the errors are. They come from the hub's counts, not from rows. */

import * as React from 'react';

export interface IErrorMarksProps {
  errors: readonly number[];
  /** The numbers at both ends of the bar. */
  first: number;
  last: number;
  onError(seq: number): void;
}

/** More marks than these could not be told apart. */
const PLACES = 200;

export const ErrorMarks = React.memo(function ErrorMarks(
  props: IErrorMarksProps
): JSX.Element {
  const { errors, first, last, onError } = props;
  const marks = new Map<number, number>();
  for (const seq of errors) {
    const part = (seq - first) / Math.max(1, last - first);
    const place = Math.round(Math.min(1, Math.max(0, part)) * PLACES);
    if (!marks.has(place)) {
      marks.set(place, seq);
    }
  }
  return (
    <div className="jp-alphamed-Logs-marks" aria-hidden="true">
      {[...marks].map(([place, seq]) => (
        <span
          key={place}
          style={{ top: `${(place / PLACES) * 100}%` }}
          onClick={() => onError(seq)}
        />
      ))}
    </div>
  );
});
