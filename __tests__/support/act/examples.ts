import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { reportSchema, type Report } from '../../../src/report/schema';
import { parseDocument } from 'yaml';
import { ROOT } from '../action';
import { NGINX_IMAGE } from '../docker';
import { commitAll, outputOf, runAct, type ActEnding } from './run-act';
import { copyThisRepository, rewrite, standInsFor, workflowTexts } from './stand-ins';
import type { WorkflowFile } from '../workflow-files';
import type { Files } from './user-repository';

/** How the examples name this repository. */
const SELF = 'org/lb-cluster-action@v1';

/** One example in a user's repository. */
export interface ExampleOrder {
  /** File in `examples`. */
  readonly example: string;
  /** Everything else that is in the repository. */
  readonly files: Files;
  /** Name of the job whose output is the verdict. */
  readonly job: string;
  readonly event: string;
  /** Of the event. */
  readonly payload: unknown;
  /** Where GitHub's API is. */
  readonly apiUrl: string;
}

/** How an example ended. */
export interface ExampleRun extends ActEnding {
  /** '' when there is none. */
  readonly verdict: string;
}

/** The place where examples run: this checkout under the name that they give it, and a store of artifacts. */
export interface ExampleHouse {
  readonly run: (order: ExampleOrder) => Promise<ExampleRun>;
  /** Names of the artifacts that are kept. */
  readonly artifacts: () => Promise<readonly string[]>;
  /** report.json of an artifact; it matches its schema. */
  readonly reportOf: (artifact: string) => Promise<Report>;
  /** Keeps an artifact with a report.json, as if a run had left it. */
  readonly keep: (artifact: string, report: string) => Promise<void>;
  /** Removes all artifacts. */
  readonly clear: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Copies this checkout. Its default image of NGINX is the one that this machine has: no example names one. */
export async function openExamples(): Promise<ExampleHouse> {
  const scratch = await mkdtemp(join(tmpdir(), 'lbca-examples-'));
  const [self, store] = [join(scratch, 'self'), join(scratch, 'store')];
  await Promise.all([self, store].map((folder) => mkdir(folder)));
  await copyThisRepository(self, SELF);
  await offerNginx(self);
  const examples = join(ROOT, 'examples');
  const texts = [...(await workflowTexts(examples)), ...(await workflowTexts(join(self, '.github/workflows')))];
  const standIns = { ...standInsFor(texts), [SELF]: self };

  return {
    async run({ example, files, job, event, payload, apiUrl }) {
      const repository = await mkdtemp(join(scratch, 'user-'));
      const name = join('.github/workflows', example);
      await commitAll(repository, { ...files, [name]: patient(await textOf(join(examples, example))) });
      const env = { ACT_STORE: store, GITHUB_API_URL: apiUrl };
      const ended = await runAct({ repository, event, payload, workflow: example, standIns, env });
      return { ...ended, verdict: outputOf(ended.log, job, 'verdict') };
    },
    artifacts: async () => (await readdir(store)).toSorted(),
    reportOf: async (artifact) => reportSchema.parse(JSON.parse(await textOf(join(store, artifact, 'report.json')))),
    async keep(artifact, report) {
      await mkdir(join(store, artifact), { recursive: true });
      await writeFile(join(store, artifact, 'report.json'), report);
    },
    async clear() {
      for (const name of await readdir(store)) await rm(join(store, name), { recursive: true });
    },
    close: () => rm(scratch, { recursive: true, force: true }),
  };
}

/** Nothing to do where the machine has the image that the action takes by default, or where there is no Docker at all. */
async function offerNginx(self: string): Promise<void> {
  const [, official = ''] =
    /^ {2}nginx-image:$[^]*?default: (\S+)$/m.exec(await textOf(join(self, 'action.yml'))) ?? [];
  if (NGINX_IMAGE === official || NGINX_IMAGE === '') return;
  for (const name of ['action.yml', 'run/action.yml', '.github/workflows/cluster.yml']) {
    await rewrite(join(self, name), (text) => text.replaceAll(official, NGINX_IMAGE));
  }
}

/**
 * An example with one gate more: on a busy machine, as that of a test may be, the load generator is late, and what an example shows
 * does not depend on that. Nothing else is changed.
 */
function patient(example: string): string {
  const document = parseDocument(example);
  const jobs = Object.entries((document.toJS() as WorkflowFile).jobs);
  const places = jobs.flatMap(([job, { uses, steps = [] }]) => [
    ...(uses?.includes('/cluster.yml@') === true ? [['jobs', job, 'with', 'gates']] : []),
    ...steps.flatMap((step, index) => (step.uses === SELF ? [['jobs', job, 'steps', index, 'with', 'gates']] : [])),
  ]);
  for (const place of places) {
    const gates = document.getIn(place);
    document.setIn(place, `${typeof gates === 'string' ? gates.trimEnd() : ''}\nload.lag < 20s\n`);
  }
  return document.toString();
}

function textOf(file: string): Promise<string> {
  return readFile(file, 'utf8');
}
