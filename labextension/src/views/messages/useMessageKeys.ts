import { placeOfNode } from '../../model/opening';
import type { IActions, IRunModel, IRunState } from '../../tokens';
import type { KeyHandlers } from '../common/keys';
import type { IScroller } from './useScroller';
import type { ISelected } from './useSelection';

interface IOptions {
  model: IRunModel;
  actions: IActions;
  run: IRunState;
  selected: ISelected;
  scroller: IScroller;
  following: boolean;
  setFollowing: (following: boolean) => void;
  onZoom: (direction: 1 | -1) => void;
  onFit: () => void;
}

const PAGE = 15;

/** What keys do in the diagram. */
export function useMessageKeys(options: IOptions): KeyHandlers {
  const { model, actions, run, selected, scroller, setFollowing } = options;
  const handlers: KeyHandlers = {
    up: () => selected.move(-1),
    down: () => selected.move(1),
    'page-up': () => selected.move(-PAGE),
    'page-down': () => selected.move(PAGE),
    oldest: () => {
      setFollowing(false);
      scroller.scrollTo(0);
    },
    newest: () => setFollowing(true),
    follow: () => setFollowing(!options.following),
    detail: () => selected.openDetail(),
    escape: () => selected.escape(),
    'open-cell': () => {
      const from = selected.item?.from;
      const sender = run.members.find(({ node }) => node === from);
      const place = sender === undefined ? null : placeOfNode(sender);
      if (place === null || actions.opens(place) === null) {
        return false;
      }
      void actions.open(place);
      return true;
    },
    copy: () => {
      const { item } = selected;
      if (item === null) {
        return false;
      }
      const { kind, seq, at, from } = item;
      void actions.copy(
        JSON.stringify(
          item.kind === 'stream'
            ? {
                kind,
                seq,
                at,
                from,
                transfers: item.transfers,
                size: item.size
              }
            : item.kind === 'step'
              ? {
                  kind,
                  seq,
                  at,
                  from,
                  targets: item.targets,
                  state: item.state
                }
              : { kind, seq, at, from, targets: item.targets, type: item.type },
          null,
          2
        )
      );
      return true;
    },
    'zoom-in': () => options.onZoom(1),
    'zoom-out': () => options.onZoom(-1),
    fit: () => options.onFit()
  };
  run.nodes.slice(0, 10).forEach((node, number) => {
    const digit = String(number) as '0';
    handlers[`node-${digit}`] = () => model.toggleNode(node);
    handlers[`only-node-${digit}`] = () => model.soloNode(node);
  });
  return handlers;
}
