import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { callWorkflow, type ActRun } from '../support/act/act';
import { describeWithAct } from '../support/act/run-act';
import { buildAppImage, describeOnDocker, NGINX_IMAGE } from '../support/docker';

// Long enough for whatever a busy machine does meanwhile; a run that hangs is longer.
jest.setTimeout(600_000);

/** How a run ended; with the end of its log where that is not as expected. */
function endingOf({ exitCode, verdict, log }: ActRun, expected: string): object {
  return { exitCode, verdict, end: verdict === expected ? '' : log.split('\n').slice(-60).join('\n') };
}

describeWithAct('the reusable workflow, by act', () => {
  test('a bad input is one line of the plan, nothing runs, and the verdict is an error', async () => {
    const run = await callWorkflow({ inputs: { replicas: 99, comment: 'never' } });

    expect(endingOf(run, 'error')).toEqual({ exitCode: 1, verdict: 'error', end: '' });
    expect(run.log).toContain('Input `replicas`: "99" is not accepted; give a whole number from 2 to 16.');
    expect(run.log).toContain('Nothing was planned');
    expect(run.artifacts).toEqual(['lb-cluster-report.cluster']);
  });

  describeOnDocker('on clusters', () => {
    let app: Awaited<ReturnType<typeof buildAppImage>>;
    beforeAll(async () => {
      app = await buildAppImage('workflow');
    });
    afterAll(() => app.remove());

    /** The cheapest that comes to a verdict. */
    const inputs = (
      more: Readonly<Record<string, string | number>> = {},
    ): Readonly<Record<string, string | number>> => ({
      ...{ image: app.tag, 'nginx-image': NGINX_IMAGE, 'health-path': '/healthz', comment: 'never', rate: 60 },
      ...{ checks: 'rotation,failover', faults: 'crash', gates: 'load.lag < 20s', runners: 2, ...more },
    });

    test('a good one passes, on two runners, and a later job reads the outputs', async () => {
      const run = await callWorkflow({ inputs: inputs() });

      expect(endingOf(run, 'pass')).toEqual({ exitCode: 0, verdict: 'pass', end: '' });
      expect(run.read).toMatchObject({
        ...{ result: 'success', verdict: 'pass', 'report-artifact': 'lb-cluster-report.cluster', 'comment-url': '' },
      });
      expect(Object.keys(JSON.parse(run.read['distribution'] ?? '') as object)).toEqual(['app1', 'app2', 'app3']);
      const parts = ['lb-cluster-part.cluster.cluster-1', 'lb-cluster-part.cluster.cluster-2'];
      expect(run.artifacts).toEqual([...parts, 'lb-cluster-report.cluster']);
    });

    test('a broken one fails', async () => {
      const broken = { checks: 'rotation', 'nginx-config': 'fixtures/nginx/backup-by-mistake.conf' };
      const run = await callWorkflow({ inputs: inputs(broken) });

      expect(endingOf(run, 'fail')).toEqual({ exitCode: 1, verdict: 'fail', end: '' });
      expect(run.log).toContain('rotation.coverage');
    });

    test('a report that is lost on its way is no pass', async () => {
      const run = await callWorkflow({
        inputs: inputs({ checks: 'rotation' }),
        loses: 'lb-cluster-part.cluster.cluster-1',
      });

      expect(endingOf(run, 'error')).toEqual({ exitCode: 1, verdict: 'error', end: '' });
      expect(run.log).toContain('there is no report of it');
    });
  });
});
