import type { Unit } from './gates';
import { FAULT_NAMES, type CheckName, type FaultName } from './settings';

/** Something that a run measures and a gate can bound. */
export interface Metric {
  readonly name: string;
  readonly unit: Unit;
  readonly meaning: string;
  /** The check that measures it; null: every one that sends requests. */
  readonly check: CheckName | null;
  /** The fault under which alone it is measured; null: the worst of all faults, or no fault at all. */
  readonly fault: FaultName | null;
  /** What the `standard` profile demands, in the gate language; null: reported, and bound by no one. */
  readonly standard: string | null;
}

const GENERAL: readonly Metric[] = [
  {
    name: 'baseline.errors',
    unit: 'count',
    meaning: 'errors that clients saw while nothing was broken, in the baseline of every scenario',
    check: null,
    fault: null,
    standard: '== 0',
  },
  {
    name: 'rotation.coverage',
    unit: '%',
    meaning:
      'share of the replicas that served at least one request; a server of the group that is no replica counts as one that did not',
    check: 'rotation',
    fault: null,
    standard: '== 100%',
  },
  {
    name: 'rotation.excess',
    unit: 'count',
    meaning: 'requests beyond the exact bound that algorithm, weights, zone and number of workers allow',
    check: 'rotation',
    fault: null,
    standard: '== 0',
  },
  {
    name: 'rotation.sessions',
    unit: 'count',
    meaning: 'cookies that one replica set and keeps, and that another does not take',
    check: 'rotation',
    fault: null,
    standard: '== 0',
  },
  {
    name: 'rotation.closed',
    unit: 'count',
    meaning:
      'idle connections that a replica closes sooner than NGINX does, which then may send a request on one that is just closing; watched for 6.5 s at the most, beyond that as its answers say (Keep-Alive)',
    check: 'rotation',
    fault: null,
    standard: '== 0 warn',
  },
  {
    name: 'rotation.held',
    unit: 'count',
    meaning:
      'replicas all of whose workers, each of which serves one connection, NGINX can hold by connections that are idle: what another of its processes sends there waits until one is closed, whether or not this run saw it',
    check: 'rotation',
    fault: null,
    standard: '== 0 warn',
  },
  {
    name: 'rotation.cut',
    unit: 'count',
    meaning:
      'answers of a replica that go on beyond their Content-Length: NGINX, as every client, cuts them off there, and nobody is told',
    check: 'rotation',
    fault: null,
    standard: '== 0 warn',
  },
];

/** Measured under each fault; without a fault in its name a metric is the worst of them. */
const FAILOVER: readonly Pick<Metric, 'name' | 'unit' | 'meaning' | 'standard'>[] = [
  { name: 'errors', unit: 'count', meaning: 'errors that clients saw on idempotent requests', standard: '== 0' },
  {
    name: 'unsafe-errors',
    unit: 'count',
    meaning: 'failed POST requests beyond those in flight on the victim',
    standard: '== 0',
  },
  {
    name: 'duplicates',
    unit: 'count',
    meaning: 'non-idempotent requests that more than one replica executed',
    standard: '== 0',
  },
  { name: 'stall', unit: 'ms', meaning: 'longest time that a client waited', standard: '< 6s' },
  {
    name: 'detect',
    unit: 'ms',
    meaning: 'from the fault taking effect until the victim gets no more first attempts',
    standard: null,
  },
  { name: 'retries', unit: 'count', meaning: 'failed attempts that NGINX hid from clients', standard: null },
  { name: 'recover', unit: 'ms', meaning: 'from healing until the victim serves its share again', standard: '< 15s' },
];

/** Read from the configuration, and so the same under each fault. */
const ALONE: Metric = {
  name: 'failover.alone',
  unit: 'count',
  meaning:
    'replicas that some requests are meant for alone, so that nothing stands in for them, whether or not this run sent such requests',
  check: 'failover',
  fault: null,
  standard: '== 0 warn',
};

/** The same after a crash, a stop or a kill by the kernel. */
const LISTENS_EARLY: Metric = {
  name: 'failover.listens-early',
  unit: 'count',
  meaning:
    'replicas that take connections while they start, and say nothing on them for longer than NGINX waits (proxy_read_timeout), or than 6 s: what NGINX sends there meanwhile is late, and a POST lost, whether or not this run sent one',
  check: 'failover',
  fault: null,
  standard: '== 0 warn',
};

const ROLLOUT: readonly Pick<Metric, 'name' | 'unit' | 'meaning' | 'standard'>[] = [
  {
    name: 'rollout.errors',
    unit: 'count',
    meaning: 'errors that clients saw on idempotent requests since the rolling update began',
    standard: '== 0',
  },
  {
    name: 'rollout.unsafe-errors',
    unit: 'count',
    meaning: 'failed POST requests since the rolling update began',
    standard: '== 0',
  },
  {
    name: 'rollout.stall',
    unit: 'ms',
    meaning: 'longest time that a client waited since the rolling update began',
    standard: '< 6s',
  },
  {
    name: 'rollout.updated',
    unit: '%',
    meaning: 'share of the traffic after the rolling update that the new version served',
    standard: '== 100%',
  },
  {
    name: 'rollout.killed',
    unit: 'count',
    meaning: 'replicas that did not end when they were asked to (SIGTERM), and had to be killed',
    standard: '== 0 warn',
  },
  {
    name: 'rollout.changed',
    unit: 'count',
    meaning: 'GET requests that the new version answered with a redirect, or with nothing, where the old one answered',
    standard: '== 0 warn',
  },
  {
    name: 'rollout.slower',
    unit: 'ms',
    meaning:
      'by how much longer the new version takes to answer a GET than the old one, median, where that is at least five times as long',
    standard: '< 500ms warn',
  },
];

const FINDINGS: readonly Metric[] = [
  {
    name: 'isolation.leaks',
    unit: 'count',
    meaning:
      'ways into the replicas past NGINX, ways out of their network, and hostnames that do not lead to a replica',
    check: 'isolation',
    fault: null,
    standard: '== 0',
  },
  {
    name: 'hardening.findings',
    unit: 'count',
    meaning: 'rules for a container that its running processes, its image or its end do not keep',
    check: 'hardening',
    fault: null,
    standard: '== 0',
  },
  {
    name: 'hardening.secret-files',
    unit: 'count',
    meaning:
      'files that the image carries for its app and that hold a secret: passwords in a .env, private keys, tokens of tools; libraries and test data are left out',
    check: 'hardening',
    fault: null,
    standard: '== 0 warn',
  },
  {
    name: 'limits.findings',
    unit: 'count',
    meaning: 'limits that are not in force in the kernel, or do not keep the replicas from a noisy neighbour',
    check: 'limits',
    fault: null,
    standard: '== 0',
  },
];

const LOAD: Metric = {
  name: 'load.lag',
  unit: 'ms',
  meaning: 'how late the load generator itself was, 99th percentile; past its bound the run is inconclusive',
  check: null,
  fault: null,
  standard: '<= 50ms',
};

/** Every metric there is, in the order in which they are reported. */
export const METRICS: readonly Metric[] = [
  ...GENERAL,
  ...failoverMetrics(null),
  ...FAULT_NAMES.flatMap((fault) => failoverMetrics(fault)),
  ALONE,
  LISTENS_EARLY,
  ...ROLLOUT.map((metric) => ({ ...metric, check: 'rollout' as const, fault: null })),
  ...FINDINGS,
  LOAD,
];

const BY_NAME: ReadonlyMap<string, Metric> = new Map(METRICS.map((metric) => [metric.name, metric]));

/** The metric of this name; null: there is none. */
export function findMetric(name: string): Metric | null {
  return BY_NAME.get(name) ?? null;
}

function failoverMetrics(fault: FaultName | null): readonly Metric[] {
  return FAILOVER.map(({ name, unit, meaning, standard }) => ({
    name: fault === null ? `failover.${name}` : `failover.${fault}.${name}`,
    unit,
    meaning: fault === null ? `${meaning}; the worst fault` : `${meaning}; ${fault} alone`,
    check: 'failover',
    fault,
    standard: fault === null ? standard : null,
  }));
}
