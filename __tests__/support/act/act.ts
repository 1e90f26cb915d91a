import { cp, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../action';
import { commitAll, outputOf, runAct, type ActEnding } from './run-act';
import { copyThisRepository, standInsFor, workflowTexts } from './stand-ins';

/** A job of the caller, after the run. */
export interface ActRun extends ActEnding {
  /** Output of the last job of the reusable workflow, as the log has it; '' when there is none. */
  readonly verdict: string;
  /**
   * What the caller's later job read of the reusable workflow: its result and its outputs, by name. Nothing where that failed: act
   * then ends without running the later job, whatever its `if` says.
   */
  readonly read: Readonly<Record<string, string>>;
  /** Names of the artifacts that were kept. */
  readonly artifacts: readonly string[];
}

/** What is called, and with what trouble. */
export interface CallOrder {
  /** Inputs of the reusable workflow. */
  readonly inputs: Readonly<Record<string, string | number>>;
  /** Name of an artifact that gets lost on its way. */
  readonly loses?: string;
}

const OUTPUTS = ['verdict', 'distribution', 'comment-url', 'report-artifact'];

/** Name of the copy of this repository. */
const SELF = 'octo-org/lb-cluster-action@here';

/**
 * Runs a workflow that calls the reusable one, on this very machine (no job container), in a copy of the repository. The two
 * artifact actions are stand-ins that copy files.
 */
export async function callWorkflow({ inputs, loses = '' }: CallOrder): Promise<ActRun> {
  const scratch = await mkdtemp(join(tmpdir(), 'lbca-act-'));
  try {
    const repository = join(scratch, 'repository');
    const [store, read] = [join(scratch, 'store'), join(scratch, 'read')];
    await Promise.all([store, read, repository].map((folder) => mkdir(folder)));
    await copyThisRepository(repository, SELF);
    await cp(join(ROOT, 'fixtures'), join(repository, 'fixtures'), { recursive: true });
    await commitAll(repository, { '.github/workflows/caller.yml': caller(inputs) });
    const standIns = standInsFor(await workflowTexts(join(repository, '.github/workflows')));
    const ended = await runAct({
      ...{ repository, event: 'push', workflow: 'caller.yml' },
      standIns: { ...standIns, [SELF]: repository },
      env: { ACT_STORE: store, ACT_READ: read, ACT_LOSES: loses },
    });
    const verdict = outputOf(ended.log, 'Verdict', 'verdict');
    return { ...ended, verdict, read: await readAll(read), artifacts: (await readdir(store)).toSorted() };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** The job `after` stands for whatever a user's workflow does with the outputs. */
function caller(inputs: CallOrder['inputs']): string {
  const read = [
    ['result', '${{ needs.cluster.result }}'],
    ...OUTPUTS.map((name) => [name, `\${{ needs.cluster.outputs.${name} }}`]),
  ];
  return JSON.stringify({
    name: 'Caller',
    on: 'push',
    permissions: {},
    jobs: {
      cluster: {
        uses: './.github/workflows/cluster.yml',
        permissions: { contents: 'read', 'pull-requests': 'write' },
        with: inputs,
      },
      after: {
        needs: 'cluster',
        if: '${{ always() }}',
        'runs-on': 'ubuntu-latest',
        steps: read.map(([name, value], index) => ({
          env: { VALUE: value },
          run: `printf %s "$VALUE" > "$ACT_READ/${name ?? String(index)}"`,
        })),
      },
    },
  });
}

async function readAll(folder: string): Promise<Readonly<Record<string, string>>> {
  const names = await readdir(folder);
  const texts = await Promise.all(
    names.map(async (name) => [name, await readFile(join(folder, name), 'utf8')] as const),
  );
  return Object.fromEntries(texts);
}
