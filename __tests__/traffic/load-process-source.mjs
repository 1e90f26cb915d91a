// The load process, run from its source.
import './source-imports.mjs';

await import('../../src/traffic/load-process.ts');
