/** What JupyterLab's packages and virtual lists expect of a browser and jsdom does not have. */

class Observer {
  observe(): void {}
  unobserve(): void {}
  disconnect(): void {}
  takeRecords(): never[] {
    return [];
  }
}

class DragEventShim extends MouseEvent {
  readonly dataTransfer = null;
}

const shims: Record<string, unknown> = {
  DragEvent: DragEventShim,
  IntersectionObserver: Observer,
  ResizeObserver: Observer,
  matchMedia: (media: string) => ({
    media,
    matches: false,
    onchange: null,
    addListener: () => {},
    removeListener: () => {},
    addEventListener: () => {},
    removeEventListener: () => {},
    dispatchEvent: () => false
  })
};

for (const [name, value] of Object.entries(shims)) {
  if (typeof Reflect.get(globalThis, name) !== 'function') {
    Object.defineProperty(globalThis, name, {
      value,
      writable: true,
      configurable: true
    });
  }
}
