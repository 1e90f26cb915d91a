import type { Inputs } from './action';
import { BASE_IMAGE, NGINX_IMAGE } from './docker';

/** On a busy machine the load generator may be late; what these tests look at does not depend on that. */
const LATENESS = 'load.lag < 20s';

/** Inputs for the sample app from an image that exists. */
export function inputsFor(image: string, inputs: Inputs = {}): Inputs {
  return { ...common(inputs), image, ...inputs };
}

/** Inputs that have the sample app's image built. */
export function inputsToBuild(inputs: Inputs = {}): Inputs {
  return { ...common(inputs), context: 'fixtures/app', 'build-args': `BASE_IMAGE=${BASE_IMAGE}`, ...inputs };
}

function common({ gates = '' }: Inputs): Inputs {
  return { 'nginx-image': NGINX_IMAGE, 'health-path': '/healthz', comment: 'never', gates: `${LATENESS}\n${gates}` };
}
