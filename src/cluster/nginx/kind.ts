import { parseConfig } from './syntax';

/** `whole`: an nginx.conf of its own; `server-config`: what goes to conf.d/default.conf, inside the image's `http`. */
export type ConfigKind = 'server-config' | 'whole';

const MAIN_BLOCKS = new Set(['events', 'http', 'mail', 'stream']);

/**
 * Which of both a user's file is: only a whole nginx.conf can have `http` or `events` at its top. `file` names it in
 * errors. Throws `NginxSyntaxError` where the text does not parse.
 */
export function configKind(text: string, file = 'nginx.conf'): ConfigKind {
  const isWhole = parseConfig(text, file).some(({ name }) => MAIN_BLOCKS.has(name));
  return isWhole ? 'whole' : 'server-config';
}
