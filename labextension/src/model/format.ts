/** Numbers as every view writes them. Locale-neutral; the words around them are translated elsewhere. Pure. */

/** `1,204` */
export function formatCount(n: number): string {
  const digits = String(Math.round(Math.abs(n)));
  const grouped = digits.replace(/\B(?=(\d{3})+$)/g, ',');
  return n < 0 ? `-${grouped}` : grouped;
}

/** `0`, `203 B`, `90.1 KB`, `1.2 GB` (1 KB = 1,000 bytes) */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) {
    return bytes === 0 ? '0' : `${Math.round(bytes)} B`;
  }
  let value = bytes;
  let unit = '';
  for (const next of ['KB', 'MB', 'GB', 'TB', 'PB']) {
    unit = next;
    value /= 1000;
    // What would be shown as 1000 of one unit is 1 of the next.
    if (value < 999.5) {
      break;
    }
  }
  return `${value < 99.95 ? value.toFixed(1) : value.toFixed(0)} ${unit}`;
}

/** A duration in the unit that suits it: `0.6 ms`, `191 ms`, `8.4 s`, `12 s`, `3 min 5 s`, `2 h 5 min`. */
export function formatDuration(seconds: number): string {
  const { value, unit, rest } = splitDuration(seconds);
  switch (unit) {
    case 'ms':
      return `${value} ms`;
    case 's':
      return `${value} s`;
    case 'min':
      return rest === 0 ? `${value} min` : `${value} min ${rest} s`;
    case 'h':
      return rest === 0 ? `${value} h` : `${value} h ${rest} min`;
  }
}

export interface IDurationParts {
  value: string;
  unit: 'ms' | 's' | 'min' | 'h';
  /** Of the next smaller unit; only for minutes and hours. */
  rest: number;
}

/** The parts of a duration, for a text in another language. */
export function splitDuration(seconds: number): IDurationParts {
  const time = Math.max(0, Number.isFinite(seconds) ? seconds : 0);
  if (time > 0 && time < 0.00995) {
    return { value: (time * 1000).toFixed(1), unit: 'ms', rest: 0 };
  }
  if (time > 0 && time < 0.9995) {
    return { value: (time * 1000).toFixed(0), unit: 'ms', rest: 0 };
  }
  if (time < 9.95 && !Number.isInteger(time)) {
    return { value: time.toFixed(1), unit: 's', rest: 0 };
  }
  const whole = Math.round(time);
  if (whole < 60) {
    return { value: String(whole), unit: 's', rest: 0 };
  }
  if (whole < 3600) {
    const minutes = Math.floor(whole / 60);
    return { value: String(minutes), unit: 'min', rest: whole % 60 };
  }
  const minutes = Math.round(whole / 60);
  const hours = Math.floor(minutes / 60);
  return { value: String(hours), unit: 'h', rest: minutes % 60 };
}

export function wholeSeconds(seconds: number): number {
  return Math.max(0, Math.floor(seconds));
}

/** A running clock: `00:22`, `1:02:03`. */
export function formatElapsed(seconds: number): string {
  const whole = wholeSeconds(seconds);
  const minutes = pad(Math.floor(whole / 60) % 60, 2);
  const rest = `${minutes}:${pad(whole % 60, 2)}`;
  return whole < 3600 ? rest : `${Math.floor(whole / 3600)}:${rest}`;
}

/** Local time with milliseconds: `10:24:13.068`. */
export function formatTime(at: number): string {
  const date = dateOf(at);
  return `${clockOf(date)}.${pad(date.getMilliseconds(), 3)}`;
}

/** Local time: `10:24:25`. */
export function formatClock(at: number): string {
  return clockOf(dateOf(at));
}

/** Local date and time: `2026-11-24 10:24:18.778`. */
export function formatDateTime(at: number): string {
  const date = dateOf(at);
  const month = pad(date.getMonth() + 1, 2);
  const day = pad(date.getDate(), 2);
  return `${date.getFullYear()}-${month}-${day} ${formatTime(at)}`;
}

function dateOf(at: number): Date {
  // Rounded to the microsecond first: 13.068 s must not become 13.067 ms by the error of a float.
  return new Date(Math.floor(Math.round(at * 1e6) / 1e3));
}

function clockOf(date: Date): string {
  const [hours, minutes, seconds] = [
    date.getHours(),
    date.getMinutes(),
    date.getSeconds()
  ];
  return `${pad(hours, 2)}:${pad(minutes, 2)}:${pad(seconds, 2)}`;
}

function pad(n: number, width: number): string {
  return String(n).padStart(width, '0');
}

/** `train.py` of `/a/b/train.py`. */
export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
