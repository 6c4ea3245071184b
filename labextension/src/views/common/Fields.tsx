import * as React from 'react';

export interface IFieldsProps {
  rows: readonly (readonly [label: string, value: React.ReactNode])[];
}

/** Names and values under each other. */
export function Fields({ rows }: IFieldsProps): JSX.Element {
  return (
    <dl className="jp-alphamed-Fields">
      {rows.map(([label, value]) => (
        <React.Fragment key={label}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </React.Fragment>
      ))}
    </dl>
  );
}
