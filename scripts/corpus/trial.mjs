/** One case, run and held against what must come of it. */
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runAction } from './action.mjs';
import { CASE_FILE } from './cases.mjs';
import { baseFor } from '../labelled-images.mjs';
import { imageOf } from './images.mjs';
import { applyDiffs } from './patch.mjs';

/** Mending one mistake can show the next. */
const ROUNDS = 3;

/**
 * Runs a case; with `fix`, also proves that the diagnoses' own changes mend it where a change to the configuration can.
 *
 * @returns `{one, verdict, ids, seconds, deviations, fix, log, report}`; `fix` null: none to prove, else with the runs after each change (`rounds`).
 */
export async function tryCase(one, { dist, product, images, fix, overrides }) {
  const workspace = mkdtempSync(join(tmpdir(), `lb-cluster-corpus-${one.name}-`));
  try {
    cpSync(one.folder, workspace, { recursive: true, filter: (path) => !path.endsWith(CASE_FILE) });
    const inputs = { ...(await inputsOf(one, product, images)), ...overrides };
    const first = await runAction(dist, workspace, inputs);
    const deviations = deviationsOf(one, first);
    const toFix = fix && one.fix === 'config' && first.verdict === 'fail';
    const proof = toFix ? await mend(first, workspace, (space) => runAction(dist, space, inputs)) : null;
    return {
      ...{
        one,
        verdict: first.verdict,
        ids: idsOf(first),
        seconds: first.seconds,
        log: first.log,
        report: first.report,
      },
      deviations: proof === null || proof.mended ? deviations : [...deviations, `fix: ${proof.story}`],
      fix: proof,
    };
  } finally {
    rmSync(workspace, { recursive: true, force: true });
  }
}

async function inputsOf(one, product, images) {
  const image = imageOf(one);
  const builds = one.inputs.context !== undefined && one.hasDockerfile;
  return {
    ...product.defaults,
    ...everything(one, product),
    'nginx-image': images.nginx,
    'health-path': '/healthz',
    ...(image === null ? {} : { image, context: '.' }),
    ...(builds ? { 'build-args': `BASE_IMAGE=${await baseFor(dockerfileOf(one))}` } : {}),
    ...(one.hasConfig ? { 'nginx-config': 'nginx.conf' } : {}),
    ...one.inputs,
  };
}

/** A case that names no checks gets all that there are. */
function everything({ inputs }, { checks, faults }) {
  return inputs.checks === undefined ? { checks: checks.join(), faults: faults.join() } : {};
}

function dockerfileOf({ folder }) {
  return readFileSync(join(folder, 'Dockerfile'), 'utf8');
}

function idsOf({ report }) {
  return [...new Set((report?.diagnoses ?? []).map(({ id }) => id))];
}

/** In words, everything that did not come as it must; empty: all as expected. */
function deviationsOf({ expected, fails, diagnosis, also, message }, result) {
  const { verdict, report, log } = result;
  const failed = (report?.gates ?? []).filter(({ outcome }) => outcome === 'fail').map(({ metric }) => metric);
  const ids = idsOf(result);
  const allowed = [...diagnosis, ...also];
  return [
    ...(verdict === expected ? [] : [`verdict ${verdict}, not ${expected}`]),
    ...fails
      .filter((metrics) => !metrics.split(' or ').some((metric) => failed.includes(metric)))
      .map((metrics) => `${metrics} did not fail`),
    ...diagnosis.filter((id) => !ids.includes(id)).map((id) => `no diagnosis ${id}`),
    ...ids.filter((id) => !allowed.includes(id)).map((id) => `diagnosis ${id} is not its cause`),
    ...(log.includes(message) ? [] : [`the log does not say "${message}"`]),
  ];
}

/** Applies the diffs of all diagnoses and runs again, until it passes or no more can be done. */
async function mend(first, workspace, run) {
  const rounds = [];
  return { ...(await mendInRounds(first, workspace, run, rounds)), rounds };
}

async function mendInRounds(first, workspace, run, rounds) {
  let result = first;
  for (let round = 1; round <= ROUNDS; round += 1) {
    try {
      const count = applyDiffs(workspace, result.report?.diagnoses ?? []);
      // What a noisy machine could not decide is asked once more.
      if (count === 0 && result.verdict === 'fail') return { mended: false, story: 'no diff to apply' };
    } catch (error) {
      return { mended: false, story: error.message };
    }
    result = await run(workspace);
    rounds.push(result);
    if (result.verdict === 'pass') return { mended: true, story: round === 1 ? 'yes' : `yes, in ${round} rounds` };
    if (result.verdict === 'error') return { mended: false, story: `then ${result.report?.message ?? 'an error'}` };
  }
  const left = (result.report?.gates ?? []).filter(({ outcome }) => outcome === 'fail' || outcome === 'inconclusive');
  return { mended: false, story: `still ${left.map(({ metric, outcome }) => `${metric} ${outcome}`).join(', ')}` };
}
