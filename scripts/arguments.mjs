import { basename } from 'node:path';
import { parseArgs } from 'node:util';

/**
 * The arguments of this command. What it does not know ends it with code 2 and a line that says what there is, instead of a stack.
 *
 * @param config as `parseArgs` of node:util takes it.
 */
export function readArguments(config) {
  try {
    return parseArgs(config);
  } catch (error) {
    const options = Object.keys(config.options).map((name) => `--${name}`);
    console.error(`${error.message}\nOptions: ${options.join(' ')}; ${basename(process.argv[1])} says what each does.`);
    process.exit(2);
  }
}
