import type { Inputs } from './action';
import { BASE_IMAGE, NGINX_IMAGE } from './docker';

/** On a busy machine the load generator may be late; what these tests look at does not depend on that. */
const LATENESS = 'load.lag < 20s';

/** What every run here needs, and more inputs. Both checks are run where no others are named, failover with a crash alone. */
export function clusterInputs(inputs: Inputs = {}): Inputs {
  const { gates = '', checks = 'rotation,failover' } = inputs;
  const faults = checks.includes('failover') ? { faults: 'crash' } : {};
  const common = { 'nginx-image': NGINX_IMAGE, 'health-path': '/healthz', comment: 'never', rate: '60' };
  return { ...common, ...faults, ...inputs, checks, gates: `${LATENESS}\n${gates}` };
}

/** Inputs for the sample app from an image that exists. */
export function inputsFor(image: string, inputs: Inputs = {}): Inputs {
  return clusterInputs({ image, ...inputs });
}

/** Inputs that have the sample app's image built. */
export function inputsToBuild(): Inputs {
  return clusterInputs({ context: 'fixtures/app', 'build-args': `BASE_IMAGE=${BASE_IMAGE}` });
}
