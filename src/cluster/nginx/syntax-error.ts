/** NGINX configuration text that cannot be read; the message is NGINX's own, with the place as NGINX writes it. */
export class NginxSyntaxError extends Error {
  override readonly name = 'NginxSyntaxError';

  /** `line` counts from 1. */
  constructor(
    readonly reason: string,
    readonly file: string,
    readonly line: number,
  ) {
    super(`${reason} in ${file}:${line}`);
  }
}
