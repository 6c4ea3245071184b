/** Bad gateway, service unavailable, gateway time-out. */
const AWAY: ReadonlySet<number> = new Set([502, 503, 504]);

/** Whether all there is to say of an error is that the hub cannot be reached, which is said once for the whole page. */
export function isAway(error: unknown): boolean {
  return error instanceof HubError && error.away;
}

/** An error in words. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** An answer of the hub, or of the server before it, that is not what was asked for. */
export class HubError extends Error {
  /**
   * @param code one of the hub's (`not_found`, `invalid_request`...), `unreachable` when there was no answer, else `http`
   * @param message what was wrong and what to do
   * @param status the HTTP status; 0: there was no answer
   */
  constructor(
    readonly code: string,
    message: string,
    readonly status: number
  ) {
    super(message);
    this.name = 'HubError';
  }

  /** Nobody answered, or a server before the hub did: the hub cannot be reached, and the connection's state says so. */
  get away(): boolean {
    return this.code === 'unreachable' || AWAY.has(this.status);
  }

  /** The server does not let us in; asking again would not help. */
  get refused(): boolean {
    return this.status === 401 || this.status === 403;
  }
}
