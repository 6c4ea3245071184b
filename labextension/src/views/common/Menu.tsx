import * as React from 'react';
import { createPortal } from 'react-dom';
import { CheckIcon } from './icons';

export interface IMenuItem {
  label: React.ReactNode;
  /** For typing ahead; the label, where that is a text. */
  text?: string;
  icon?: React.ReactNode;
  hint?: React.ReactNode;
  /** Given: it is a choice, and this says whether it holds. */
  checked?: boolean;
  /** It is a choice of its own, not one of several. */
  toggle?: boolean;
  disabled?: boolean;
  run: () => void;
}

/** An item, a heading, or a line between groups. */
export type MenuEntry = IMenuItem | { title: string } | 'line';

export interface IMenuProps {
  /** What it hangs on. */
  anchor: Element;
  entries: readonly MenuEntry[];
  label: string;
  onClose: () => void;
  align?: 'start' | 'end';
}

/** A popup menu: arrow keys, Home and End, type ahead; Escape and a click elsewhere close it. */
export function Menu(props: IMenuProps): JSX.Element {
  const { anchor, entries, label, onClose, align = 'start' } = props;
  const menu = React.useRef<HTMLDivElement>(null);
  const [place, setPlace] = React.useState<React.CSSProperties>({
    // Not hidden: what is hidden cannot take the focus.
    opacity: 0,
    left: 0,
    top: 0
  });
  const close = React.useRef(onClose);
  close.current = onClose;
  React.useLayoutEffect(() => {
    const element = menu.current;
    if (element !== null) {
      setPlace(placeOf(anchor.getBoundingClientRect(), element, align));
    }
  }, [anchor, align]);
  React.useEffect(() => {
    const outside = (event: Event) => {
      const target = event.target;
      if (
        target instanceof Node &&
        menu.current?.contains(target) !== true &&
        !anchor.contains(target)
      ) {
        close.current();
      }
    };
    document.addEventListener('pointerdown', outside, true);
    window.addEventListener('blur', outside);
    return () => {
      document.removeEventListener('pointerdown', outside, true);
      window.removeEventListener('blur', outside);
    };
  }, [anchor]);
  const leave = () => {
    onClose();
    if (anchor instanceof HTMLElement) {
      anchor.focus();
    }
  };
  return createPortal(
    <MenuList
      list={menu}
      entries={entries}
      label={label}
      className="jp-alphamed-Menu"
      style={place}
      leave={leave}
    />,
    document.body
  );
}

/** The entries alone, wherever they are: they take the focus, and say when they are left. */
export function MenuList(props: {
  list?: React.RefObject<HTMLDivElement>;
  entries: readonly MenuEntry[];
  label: string;
  className: string;
  style?: React.CSSProperties;
  leave: () => void;
}): JSX.Element {
  const { entries, label, className, style, leave } = props;
  const own = React.useRef<HTMLDivElement>(null);
  const list = props.list ?? own;
  React.useEffect(() => itemsOf(list.current)[0]?.focus(), [list]);
  return (
    <div
      ref={list}
      className={className}
      role="menu"
      aria-label={label}
      style={style}
      // In React it lies inside of what opened it: a row there must not take a click as its own.
      onClick={event => event.stopPropagation()}
      onKeyDown={event => onKey(event, list.current, leave)}
    >
      {entries.map((entry, index) => (
        <Entry key={index} entry={entry} leave={leave} />
      ))}
    </div>
  );
}

function Entry(props: { entry: MenuEntry; leave: () => void }): JSX.Element {
  const { entry, leave } = props;
  if (entry === 'line') {
    return <div className="jp-alphamed-Menu-line" role="separator" />;
  }
  if ('title' in entry) {
    return (
      <div className="jp-alphamed-Menu-title" role="presentation">
        {entry.title}
      </div>
    );
  }
  const { checked, disabled = false, hint, icon, label, run, toggle } = entry;
  return (
    <button
      type="button"
      className="jp-alphamed-Menu-item"
      role={
        toggle === true
          ? 'menuitemcheckbox'
          : checked === undefined
            ? 'menuitem'
            : 'menuitemradio'
      }
      aria-checked={checked}
      aria-disabled={disabled}
      tabIndex={-1}
      onClick={() => {
        if (!disabled) {
          leave();
          run();
        }
      }}
    >
      <span className="jp-alphamed-Menu-tick">
        {checked === true ? <CheckIcon /> : icon}
      </span>
      <span className="jp-alphamed-Menu-label">{label}</span>
      {hint === undefined ? null : (
        <span className="jp-alphamed-Menu-hint">{hint}</span>
      )}
    </button>
  );
}

function itemsOf(menu: HTMLElement | null): HTMLElement[] {
  return [
    ...(menu?.querySelectorAll<HTMLElement>('.jp-alphamed-Menu-item') ?? [])
  ];
}

function onKey(
  event: React.KeyboardEvent,
  menu: HTMLElement | null,
  leave: () => void
): void {
  const items = itemsOf(menu);
  const place = items.findIndex(item => item === document.activeElement);
  const next = nextPlace(event.key, place, items);
  if (next !== null) {
    items[next]?.focus();
  } else if (event.key === 'Escape' || event.key === 'Tab') {
    leave();
  } else {
    return;
  }
  event.preventDefault();
  event.stopPropagation();
}

function nextPlace(
  key: string,
  place: number,
  items: readonly HTMLElement[]
): number | null {
  const count = items.length;
  switch (key) {
    case 'ArrowDown':
      return (place + 1) % count;
    case 'ArrowUp':
      return place <= 0 ? count - 1 : place - 1;
    case 'Home':
      return 0;
    case 'End':
      return count - 1;
  }
  if (key.length !== 1 || key === ' ') {
    return null;
  }
  const letter = key.toLowerCase();
  for (let step = 1; step <= count; step++) {
    const index = (place + step) % count;
    if (
      items[index]?.textContent?.trim().toLowerCase().startsWith(letter) ===
      true
    ) {
      return index;
    }
  }
  return null;
}

function placeOf(
  anchor: DOMRect,
  menu: HTMLElement,
  align: 'start' | 'end'
): React.CSSProperties {
  const { offsetWidth: width, offsetHeight: height } = menu;
  const wanted = align === 'start' ? anchor.left : anchor.right - width;
  const left = Math.max(4, Math.min(wanted, window.innerWidth - width - 4));
  const below = anchor.bottom + 2;
  const top =
    below + height <= window.innerHeight - 4
      ? below
      : Math.max(4, anchor.top - height - 2);
  return { left, top };
}

/** A button that opens a menu. */
export function MenuButton(props: {
  label: string;
  entries: () => readonly MenuEntry[];
  className?: string;
  align?: 'start' | 'end';
  title?: string;
  children: React.ReactNode;
}): JSX.Element {
  const { label, entries, className = 'jp-alphamed-IconButton', align } = props;
  const [anchor, setAnchor] = React.useState<Element | null>(null);
  return (
    <>
      <button
        type="button"
        className={className}
        title={props.title ?? label}
        aria-label={label}
        aria-haspopup="menu"
        aria-expanded={anchor !== null}
        onClick={event => {
          // A row below must not take the click as its own.
          event.stopPropagation();
          const button = event.currentTarget;
          setAnchor(open => (open === null ? button : null));
        }}
      >
        {props.children}
      </button>
      {anchor === null ? null : (
        <Menu
          anchor={anchor}
          entries={entries()}
          label={label}
          align={align}
          onClose={() => setAnchor(null)}
        />
      )}
    </>
  );
}
