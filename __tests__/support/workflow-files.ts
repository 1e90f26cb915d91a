import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { ROOT } from './action';

/** A workflow of this repository: one that runs here, or an example. */
export interface WorkflowFile {
  /** Relative to the repository. */
  readonly name: string;
  readonly text: string;
  readonly jobs: Readonly<Record<string, WorkflowJob>>;
}

/** What these tests look at in a job. */
export interface WorkflowJob {
  readonly if?: string;
  readonly needs?: string | readonly string[];
  readonly uses?: string;
  readonly with?: Readonly<Record<string, string | number | boolean>>;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly steps?: readonly WorkflowStep[];
}

/** What these tests look at in a step. */
export interface WorkflowStep {
  readonly uses?: string;
  readonly with?: Readonly<Record<string, string | number | boolean>>;
}

/** The workflows of a folder of the repository. */
export function workflowsIn(folder: string): readonly WorkflowFile[] {
  return readdirSync(join(ROOT, folder))
    .filter((name) => name.endsWith('.yml'))
    .map((name) => {
      const text = readFileSync(join(ROOT, folder, name), 'utf8');
      return { name: `${folder}/${name}`, text, jobs: (parse(text) as { jobs: WorkflowFile['jobs'] }).jobs };
    });
}

/** Of all workflows, those of the repository itself and the examples. */
export const WORKFLOWS: readonly WorkflowFile[] = [...workflowsIn('.github/workflows'), ...workflowsIn('examples')];

/** Everything that a workflow uses, its jobs' reusable workflows and its steps' actions. */
export function usesOf({ jobs }: WorkflowFile): readonly WorkflowStep[] {
  return Object.values(jobs).flatMap((job) => [job, ...(job.steps ?? [])].filter(({ uses }) => uses !== undefined));
}
