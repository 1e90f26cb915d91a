/**
 * Importing it lets a script import this project's TypeScript as it is: Node runs that by itself, but has to be told of a missing
 * extension, and that it is an ES module.
 */
import { registerHooks } from 'node:module';

registerHooks({
  resolve(specifier, context, next) {
    if (context.parentURL?.includes('/node_modules/') === true || !specifier.startsWith('.'))
      return next(specifier, context);
    const found = next(/\.(?:m?js|ts)$/.test(specifier) ? specifier : `${specifier}.ts`, context);
    return found.url.endsWith('.ts') ? { ...found, format: 'module-typescript' } : found;
  },
});
