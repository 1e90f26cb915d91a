/**
 * Importing it lets a script import this project's TypeScript as it is: Node runs that by itself, but has to be told of a missing
 * extension, and that it is an ES module.
 */
import { registerHooks } from 'node:module';

registerHooks({
  resolve(specifier, context, next) {
    const isOurs = context.parentURL?.includes('/node_modules/') !== true;
    const own = isOurs && specifier.startsWith('.') && !/\.(?:m?js|ts)$/.test(specifier);
    return own ? { ...next(`${specifier}.ts`, context), format: 'module-typescript' } : next(specifier, context);
  },
});
