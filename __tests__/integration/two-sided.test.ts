import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { endSteps, outcomeOf, runMain } from '../support/action';
import { inputsFor } from '../support/cluster-inputs';
import { buildAppImage, createWorkspace, describeOnDocker, leftoversOf } from '../support/docker';

// Long enough for whatever a busy machine does meanwhile; a run that hangs is longer.
jest.setTimeout(300_000);

describeOnDocker('an answer that no replica gave', () => {
  let app: Awaited<ReturnType<typeof buildAppImage>>;
  beforeAll(async () => {
    app = await buildAppImage('two-sided');
  });
  afterAll(async () => {
    await endSteps();
    await app.remove();
  });

  test('it is an error, however well it looks to the client', async () => {
    const config = 'server {\n    listen 80;\n    location / {\n        return 200;\n    }\n}\n';
    const workspace = await createWorkspace({ 'nginx.conf': config });

    const main = await runMain(inputsFor(app.tag, { 'nginx-config': 'nginx.conf', checks: 'rotation' }), {
      workspace: workspace.folder,
    });
    await workspace.remove();

    const gate = main.report?.gates.find(({ metric }) => metric === 'baseline.errors');
    expect(outcomeOf(main)).toMatchObject({ exitCode: 1, verdict: 'fail' });
    expect(gate).toMatchObject({ outcome: 'fail', observed: gate?.samples });
    expect(main.report?.diagnoses[0]).toMatchObject({
      id: 'no-replica-answered',
      gates: ['baseline.errors', 'rotation.coverage'],
    });
    expect(main.report?.distribution).toEqual({ app1: 0, app2: 0, app3: 0 });
    expect(await leftoversOf(main.runId)).toEqual([]);
  });
});
