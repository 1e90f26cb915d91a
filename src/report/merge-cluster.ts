import { worseOf } from '../verdict/judgement';
import type { Report, ReportDiagnosis, ReportGate } from './schema';

/** What reports say about clusters, without what they say about the run. */
export type ClusterFacts = Pick<Report, 'cluster' | 'distribution' | 'gates' | 'scenarios' | 'diagnoses'>;

const NO_CLUSTER: Report['cluster'] = { replicas: [], images: [], nginxVersion: null, config: null };

/** What several runs found out about one cluster: the worst answer to each gate, and every scenario. */
export function mergeCluster(reports: readonly Report[]): ClusterFacts {
  const calm = reports.find((report) => report.scenarios.some(({ check }) => check === 'rotation'));
  const shown = calm ?? reports.find((report) => Object.keys(report.distribution).length > 0);
  const gates = Map.groupBy(
    reports.flatMap((report) => report.gates),
    ({ metric }) => metric,
  );
  return {
    // The same inputs made all of them.
    cluster: reports.find(({ cluster }) => cluster.replicas.length > 0)?.cluster ?? NO_CLUSTER,
    distribution: shown?.distribution ?? {},
    gates: [...gates.values()].map((answers) => answers.reduce((a, b) => ({ ...worseOf(a, b) }))),
    scenarios: reports.flatMap(({ scenarios }) => scenarios),
    diagnoses: mergeDiagnoses(reports.flatMap(({ diagnoses }) => diagnoses)),
  };
}

/** A scenario's name with its cluster's, where there are several. */
export function scenarioOf(scenario: string, cluster: string): string {
  return `${scenario} (${cluster})`;
}

/** The same facts with the cluster's name in everything that has to be told from another cluster's. */
export function named(
  { cluster, distribution, gates, scenarios, diagnoses }: ClusterFacts,
  name: string,
): ClusterFacts {
  const scenarioName = (scenario: string): string => scenarioOf(scenario, name);
  return {
    cluster: { ...cluster, replicas: cluster.replicas.map((replica) => `${name}/${replica}`) },
    distribution: Object.fromEntries(
      Object.entries(distribution).map(([replica, count]) => [`${name}/${replica}`, count]),
    ),
    gates: gates.map((gate) => namedGate(gate, name, scenarioName)),
    scenarios: scenarios.map((scenario) => ({
      ...scenario,
      name: scenarioName(scenario.name),
      gates: scenario.gates.map((gate) => namedGate(gate, name, scenarioName)),
    })),
    diagnoses: diagnoses.map((diagnosis) => ({
      ...diagnosis,
      cluster: name,
      cause: `In \`${name}\`: ${diagnosis.cause}`,
    })),
  };
}

/** The facts about several clusters, one after another. */
export function joined(clusters: readonly ClusterFacts[]): ClusterFacts {
  const [first, ...others] = clusters;
  if (first !== undefined && others.length === 0) return first;
  const versions = [...new Set(clusters.flatMap(({ cluster }) => cluster.nginxVersion ?? []))];
  return {
    cluster: {
      replicas: clusters.flatMap(({ cluster }) => cluster.replicas),
      images: clusters.flatMap(({ cluster }) => cluster.images),
      nginxVersion: versions.length === 0 ? null : versions.join(', '),
      // Each cluster has one of its own, and the report has room for one: the parts' own reports quote theirs.
      config: null,
    },
    distribution: Object.fromEntries(clusters.flatMap(({ distribution }) => Object.entries(distribution))),
    gates: clusters.flatMap(({ gates }) => gates),
    scenarios: clusters.flatMap(({ scenarios }) => scenarios),
    diagnoses: clusters.flatMap(({ diagnoses }) => diagnoses),
  };
}

/** Gates of failover are told by their scenario, hence with the cluster in its name; all others tell it as a remark. */
function namedGate(gate: ReportGate, name: string, scenarioName: (scenario: string) => string): ReportGate {
  const scenario = gate.scenario === null ? null : scenarioName(gate.scenario);
  if (scenario !== null && gate.metric.startsWith('failover.')) return { ...gate, scenario, cluster: name };
  return {
    ...gate,
    scenario,
    cluster: name,
    reason: `${gate.reason === null ? '' : `${gate.reason}; `}cluster ${name}`,
  };
}

/** One cause is told once, however many scenarios showed it: with the gates and the evidence of all. */
function mergeDiagnoses(diagnoses: readonly ReportDiagnosis[]): ReportDiagnosis[] {
  const alike = Map.groupBy(diagnoses, ({ id, cause, file, line, fix, diff }) =>
    JSON.stringify([id, cause, file, line, fix, diff]),
  );
  return [...alike.values()].flatMap((same) => {
    const [first] = same;
    if (first === undefined) return [];
    return [
      {
        ...first,
        gates: [...new Set(same.flatMap(({ gates }) => gates))],
        evidence: distinct(same.map(({ evidence }) => evidence)).join(' '),
      },
    ];
  });
}

/** What NGINX logged in several runs is the same but for the time. */
const LOG_TIME = /\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d/g;

/** The first of each that says something else. */
function distinct(texts: readonly string[]): readonly string[] {
  const alike = Map.groupBy(texts, (text) => text.replaceAll(LOG_TIME, ''));
  return [...alike.values()].flatMap(([first]) => first ?? []);
}
