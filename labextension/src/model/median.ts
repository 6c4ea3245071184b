/** The middle value; of an even number of values, the mean of the two in the middle; null: there are none. */
export function median(values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[sorted.length >> 1];
  const lower = sorted[(sorted.length - 1) >> 1];
  return upper === undefined || lower === undefined
    ? null
    : (lower + upper) / 2;
}
