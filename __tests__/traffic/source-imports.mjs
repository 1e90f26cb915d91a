// Lets plain Node run the sources: it strips the types by itself, and this adds the extension that imports leave out.
import { registerHooks } from 'node:module';

registerHooks({
  resolve: (specifier, context, next) => {
    const isSource = context.parentURL?.endsWith('.ts') === true && specifier.startsWith('.');
    const found = next(isSource ? `${specifier}.ts` : specifier, context);
    return found.url.endsWith('.ts') ? { ...found, format: 'module-typescript' } : found;
  },
});
