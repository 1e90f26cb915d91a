// The main or the post step (argument) from its source, with an engine that is not waited for as long as users' are. What stands beside the
// bundles is found as theirs.
import { fileURLToPath } from 'node:url';
import '../traffic/source-imports.mjs';

const [step] = process.argv.slice(2);
const patience = { callMs: 6_000, pullMs: 12_000, lastMs: 2_000, tellMs: 2_000 };
process.argv[1] = fileURLToPath(new URL(`../../dist/${step}/index.js`, import.meta.url));

if (step === 'main') await (await import('../../src/run.ts')).run(patience);
else await (await import('../../src/clean-up.ts')).cleanUp(patience);
