/** How the curves of a run look: colour, dash and point shape by its place among those compared. */

import * as React from 'react';

export type Shape =
  'circle' | 'square' | 'triangle' | 'diamond' | 'cross' | 'down';

const SHAPES: readonly Shape[] = [
  'circle',
  'square',
  'triangle',
  'diamond',
  'cross',
  'down'
];

/** px */
const DASHES: readonly (readonly number[])[] = [
  [],
  [6, 4],
  [2, 3],
  [10, 4, 2, 4]
];

const COLOURS = 8;

export interface ILook {
  /** A CSS variable. */
  variable: string;
  dash: readonly number[];
  shape: Shape;
}

/** The look of a run's curve; of several curves of one run each has another dash and shape in the run's colour. */
export function lookOf(place: number, curve = 0): ILook {
  return {
    variable: `--alphamed-task-${place % COLOURS}`,
    dash: DASHES[(place + curve) % DASHES.length] ?? [],
    shape: SHAPES[(place + curve) % SHAPES.length] ?? 'circle'
  };
}

/** The outline of a point. */
export function shapePath(
  shape: Shape,
  x: number,
  y: number,
  r: number
): Path2D {
  const path = new Path2D();
  switch (shape) {
    case 'circle':
      path.arc(x, y, r, 0, 2 * Math.PI);
      break;
    case 'square':
      path.rect(x - r * 0.9, y - r * 0.9, r * 1.8, r * 1.8);
      break;
    default:
      OUTLINES[shape].forEach(([dx, dy], index) => {
        if (index === 0) {
          path.moveTo(x + dx * r, y + dy * r);
        } else {
          path.lineTo(x + dx * r, y + dy * r);
        }
      });
      path.closePath();
  }
  return path;
}

type Outline = readonly (readonly [number, number])[];

const ARM = 0.45;

const OUTLINES: Record<Exclude<Shape, 'circle' | 'square'>, Outline> = {
  triangle: [
    [0, -1.2],
    [1.1, 0.8],
    [-1.1, 0.8]
  ],
  down: [
    [0, 1.2],
    [1.1, -0.8],
    [-1.1, -0.8]
  ],
  diamond: [
    [0, -1.3],
    [1.3, 0],
    [0, 1.3],
    [-1.3, 0]
  ],
  cross: [
    [-ARM, -1.2],
    [ARM, -1.2],
    [ARM, -ARM],
    [1.2, -ARM],
    [1.2, ARM],
    [ARM, ARM],
    [ARM, 1.2],
    [-ARM, 1.2],
    [-ARM, ARM],
    [-1.2, ARM],
    [-1.2, -ARM],
    [-ARM, -ARM]
  ]
};

/** The same as SVG, for the chips. */
export function shapeSvg(
  shape: Shape,
  x: number,
  y: number,
  r: number
): string {
  if (shape === 'circle') {
    return `M${x - r},${y}a${r},${r} 0 1,0 ${2 * r},0a${r},${r} 0 1,0 ${-2 * r},0Z`;
  }
  if (shape === 'square') {
    const half = r * 0.9;
    return `M${x - half},${y - half}h${2 * half}v${2 * half}h${-2 * half}Z`;
  }
  const points = OUTLINES[shape].map(
    ([dx, dy]) => `${x + dx * r},${y + dy * r}`
  );
  return `M${points.join('L')}Z`;
}

/** Counts up when JupyterLab's theme changes, so that what is drawn on canvas is drawn anew. */
export function useTheme(): number {
  const [count, changed] = React.useReducer((value: number) => value + 1, 0);
  React.useEffect(() => {
    const observer = new MutationObserver(changed);
    observer.observe(document.body, {
      attributes: true,
      attributeFilter: ['data-jp-theme-light', 'data-jp-theme-name']
    });
    return () => {
      observer.disconnect();
    };
  }, []);
  return count;
}
