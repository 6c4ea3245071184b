/** Charts as pictures: the canvas as it is on screen, on the card's ground, with its title. */

const PAD = 16;
const TITLE = 30;
const COLUMNS = 2;

export interface IPictured {
  title: string;
  canvas: HTMLCanvasElement;
}

/** One picture of all of them, in two columns; null: the browser gives none. */
export function pngOf(
  charts: readonly IPictured[],
  host: Element
): Promise<Blob | null> {
  const ratio = window.devicePixelRatio || 1;
  const style = getComputedStyle(host);
  const columns = Math.min(COLUMNS, charts.length);
  const width = charts.reduce((most, it) => Math.max(most, it.canvas.width), 0);
  const height = charts.reduce(
    (most, it) => Math.max(most, it.canvas.height),
    0
  );
  const cell = {
    width: width + 2 * PAD * ratio,
    height: height + (TITLE + PAD) * ratio
  };
  const page = document.createElement('canvas');
  page.width = Math.max(1, columns * cell.width);
  page.height = Math.max(1, Math.ceil(charts.length / columns) * cell.height);
  const context = page.getContext('2d');
  if (context === null) {
    return Promise.resolve(null);
  }
  context.fillStyle = style.getPropertyValue('--jp-layout-color1').trim();
  context.fillRect(0, 0, page.width, page.height);
  context.fillStyle = style.getPropertyValue('--jp-ui-font-color0').trim();
  context.font = `600 ${12 * ratio}px ${style.fontFamily}`;
  context.textBaseline = 'middle';
  charts.forEach(({ title, canvas }, place) => {
    const left = (place % columns) * cell.width + PAD * ratio;
    const top = Math.floor(place / columns) * cell.height;
    context.fillText(title, left, top + (TITLE / 2 + 4) * ratio, width);
    context.drawImage(canvas, left, top + TITLE * ratio);
  });
  return new Promise(resolve => {
    page.toBlob(resolve, 'image/png');
  });
}

/** A name for a file, of a text that may hold anything. */
export function fileName(text: string, ending: string): string {
  const safe = text.replace(/[^\p{L}\p{N}._-]+/gu, '_').slice(0, 80);
  return `${safe || 'metrics'}.${ending}`;
}
