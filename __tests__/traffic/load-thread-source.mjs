// The load thread, run from its source.
import './source-imports.mjs';

await import('../../src/traffic/load-thread.ts');
