import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import { safeName } from '../../model/escaped';
import type { IChainArrow, IChainBox, IChainDrawing } from '../../model/chain';
import { drawChain } from '../../model/chain';
import { formatCount } from '../../model/format';
import { statusOf } from '../../model/nodes';
import type { IWaitChain } from '../../model/waits';
import { memberOf } from '../../model/waits';
import { useSize } from '../common/hooks';
import { NodeName } from '../common/NodeName';
import { shortState } from '../common/tell';
import { awaitedText } from '../common/waitWords';
import type { INodesProps } from './props';

const HEIGHT = 52;
const GAP_Y = 14;

/** How wide boxes and the gaps between them are. */
interface ISpacing {
  box: number;
  gap: number;
}

const BOX = 148;
/** `parameters of round 12` fits into the widest. */
const GAPS = { tight: 70, least: 82, most: 160 };

/** As much as there is room for; where that is too little, it scrolls. */
function spacingOf(columns: number, room: number): ISpacing {
  const gaps = columns - 1;
  const free = Math.floor((room - 2 - columns * BOX) / Math.max(gaps, 1));
  if (room > 0 && free < GAPS.least) {
    const box = Math.floor((room - 2 - gaps * GAPS.tight) / columns);
    return { box: Math.max(112, box), gap: GAPS.tight };
  }
  return { box: BOX, gap: Math.min(GAPS.most, Math.max(GAPS.least, free)) };
}

/** Boxes and arrows; an arrow points at the node that must act. */
export function ChainDrawing(
  props: INodesProps & { chain: IWaitChain }
): JSX.Element {
  const { trans, run, chain } = props;
  const drawing = drawChain(chain, run);
  const scroll = React.useRef<HTMLDivElement>(null);
  const room = useSize(scroll).width - 26;
  const spacing = spacingOf(drawing.columns, room);
  const width = drawing.columns * (spacing.box + spacing.gap) - spacing.gap + 2;
  React.useLayoutEffect(() => {
    // The end of the chain is what matters.
    if (scroll.current !== null && width > room) {
      scroll.current.scrollLeft = width;
    }
  }, [width, room]);
  const height = drawing.rows * (HEIGHT + GAP_Y) - GAP_Y + 2;
  const boxes = new Map(drawing.boxes.map(box => [box.key, box]));
  const amber = drawing.arrows.some(arrow => arrow.last);
  return (
    <section
      className="jp-alphamed-Chain"
      aria-label={trans.__('Who waits for whom')}
    >
      <h3>{trans.__('Who waits for whom')}</h3>
      <div className="jp-alphamed-Chain-scroll" ref={scroll}>
        <div className="jp-alphamed-Chain-drawing" style={{ width, height }}>
          <svg width={width} height={height} aria-hidden="true">
            <Heads />
            {drawing.arrows.map(arrow => (
              <Arrow
                key={`${arrow.from} ${arrow.to}`}
                arrow={arrow}
                from={boxes.get(arrow.from)}
                to={boxes.get(arrow.to)}
                spacing={spacing}
              />
            ))}
          </svg>
          <Labels
            trans={trans}
            drawing={drawing}
            boxes={boxes}
            spacing={spacing}
          />
          {drawing.boxes.map(box => (
            <Box key={box.key} {...props} box={box} spacing={spacing} />
          ))}
        </div>
      </div>
      <p className="jp-alphamed-secondary">
        {amber
          ? trans.__(
              'An arrow points at the node that must act. Amber: the end of the chain.'
            )
          : trans.__('An arrow points at the node that must act.')}
      </p>
    </section>
  );
}

function Heads(): JSX.Element {
  return (
    <defs>
      {['plain', 'last'].map(kind => (
        <marker
          key={kind}
          id={`jp-alphamed-head-${kind}`}
          className={`jp-alphamed-Chain-head jp-mod-${kind}`}
          viewBox="0 0 8 8"
          refX="7.5"
          refY="4"
          markerWidth="8"
          markerHeight="8"
          markerUnits="userSpaceOnUse"
          orient="auto-start-reverse"
        >
          <path d="M0 0L8 4L0 8z" />
        </marker>
      ))}
    </defs>
  );
}

function leftOf(box: IChainBox, spacing: ISpacing): number {
  return 1 + box.column * (spacing.box + spacing.gap);
}

function topOf(box: IChainBox): number {
  return 1 + box.row * (HEIGHT + GAP_Y);
}

function Arrow(props: {
  arrow: IChainArrow;
  from: IChainBox | undefined;
  to: IChainBox | undefined;
  spacing: ISpacing;
}): JSX.Element | null {
  const { arrow, from, to, spacing } = props;
  if (from === undefined || to === undefined) {
    return null;
  }
  const kind = arrow.last ? 'last' : 'plain';
  return (
    <path
      className={`jp-alphamed-Chain-arrow jp-mod-${kind}`}
      d={pathOf(from, to, spacing)}
      markerEnd={`url(#jp-alphamed-head-${kind})`}
    />
  );
}

function pathOf(from: IChainBox, to: IChainBox, spacing: ISpacing): string {
  const y1 = topOf(from) + HEIGHT / 2;
  const y2 = topOf(to) + HEIGHT / 2;
  if (to.column > from.column) {
    const x1 = leftOf(from, spacing) + spacing.box + 2;
    const x2 = leftOf(to, spacing) - 3;
    const bend = Math.min(40, (x2 - x1) / 2);
    return y1 === y2
      ? `M${x1} ${y1}H${x2}`
      : `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`;
  }
  // It comes round: from below one to below the other.
  const x1 = leftOf(from, spacing) + spacing.box / 2;
  const x2 = leftOf(to, spacing) + spacing.box / 2;
  const bottom = Math.max(topOf(from), topOf(to)) + HEIGHT;
  const dip = bottom + 26;
  return `M${x1} ${topOf(from) + HEIGHT + 2}C${x1} ${dip} ${x2} ${dip} ${x2} ${topOf(to) + HEIGHT + 3}`;
}

/** What is awaited, over the arrow; once where several arrows of one box say the same. */
function Labels(props: {
  trans: TranslationBundle;
  drawing: IChainDrawing;
  boxes: ReadonlyMap<string, IChainBox>;
  spacing: ISpacing;
}): JSX.Element {
  const { spacing } = props;
  const said = new Set<string>();
  return (
    <>
      {props.drawing.arrows.map(arrow => {
        const from = props.boxes.get(arrow.from);
        const to = props.boxes.get(arrow.to);
        if (from === undefined || to === undefined || arrow.awaited === null) {
          return null;
        }
        const text = awaitedText(props.trans, arrow.awaited);
        const key = `${arrow.from} ${text}`;
        if (said.has(key)) {
          return null;
        }
        said.add(key);
        const forward = to.column > from.column;
        const left = forward
          ? leftOf(from, spacing) + spacing.box
          : Math.min(leftOf(from, spacing), leftOf(to, spacing)) +
            spacing.box / 2;
        const top = forward
          ? topOf(from) + HEIGHT / 2 - 18
          : Math.max(topOf(from), topOf(to)) + HEIGHT + 4;
        return (
          <span
            key={key}
            className={`jp-alphamed-Chain-what${arrow.last ? ' jp-mod-last' : ''}`}
            style={{ left, top, width: spacing.gap - 8 }}
            title={text}
          >
            {text}
          </span>
        );
      })}
    </>
  );
}

function Box(
  props: INodesProps & { box: IChainBox; spacing: ISpacing }
): JSX.Element {
  const { trans, run, now, names, settings, box, spacing } = props;
  const { key, nodes, stuck } = box;
  const member = memberOf(run, key);
  const words =
    member === undefined
      ? trans.__('not up')
      : shortState(trans, statusOf(member, run, now), now, run);
  return (
    <button
      type="button"
      className={`jp-alphamed-Chain-box${stuck ? ' jp-mod-stuck' : ''}${
        member?.state === 'absent' ? ' jp-mod-absent' : ''
      }`}
      style={{
        left: leftOf(box, spacing),
        top: topOf(box),
        width: spacing.box,
        height: HEIGHT
      }}
      aria-pressed={settings.selected === key}
      title={nodes.slice(0, 20).map(safeName).join('\n')}
      onClick={() => settings.select(key)}
    >
      {nodes.length === 1 ? (
        <NodeName id={key} names={names} />
      ) : (
        <b>{trans.__('%1 nodes', formatCount(nodes.length))}</b>
      )}
      <span className="jp-alphamed-Chain-words">{words}</span>
    </button>
  );
}
