/**
 * A fault that the panel can live with and its users cannot mend: told where those who can will look, the browser's console.
 *
 * @param what what went wrong, and what is done about it
 * @param details anything that helps to find the cause
 */
export function reportFault(what: string, ...details: unknown[]): void {
  // eslint-disable-next-line no-console
  console.error(`alphamed_nb: ${what}`, ...details);
}
