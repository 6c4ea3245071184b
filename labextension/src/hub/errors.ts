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

  /** The server does not let us in; asking again would not help. */
  get refused(): boolean {
    return this.status === 401 || this.status === 403;
  }
}
