/**
 * Something in the way before anything could be measured: the message is one line for the user that says what and, where
 * it is known, what to do. `details` are further lines (a replica's last log lines, NGINX's own message): text from
 * outside, to be escaped wherever it is shown.
 */
export class SetupError extends Error {
  override readonly name = 'SetupError';
  constructor(
    message: string,
    readonly details: readonly string[] = [],
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
