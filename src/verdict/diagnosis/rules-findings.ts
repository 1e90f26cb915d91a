import type { Probe, RolloutEvidence, ScenarioEvidence } from '../../checks/evidence';
import { SECRET_FILE_PROBE } from '../../checks/evidence';
import { failedProbes, metricOfProbe } from '../metrics-findings';
import type { Case, Diagnosis } from './diagnosis';
import { commandPlace } from './command-place';
import { healthCheckPlace, secretPlace, SHOWN_WITH_VALUE, userPlace, type Place } from './dockerfile-place';
import { NOWHERE } from './place';
import { secretFilePlace, secretFilesByWay } from './secret-file-place';
import { listed } from './wording';

/** What one kind of finding means. */
interface Finding {
  /** Ids of the probes that show it. */
  readonly probes: readonly string[];
  readonly diagnosis: string;
  /** @param subjects whom it is about. */
  readonly cause: (subjects: string) => string;
  readonly fix: string;
  /** Where in the user's Dockerfile it comes from. */
  readonly place?: (situation: Case, found: readonly Probe[]) => Place;
  /** Those that have one place, and one fix; absent: all have. */
  readonly apart?: (situation: Case, found: readonly Probe[]) => readonly (readonly Probe[])[];
}

const ENGINE_FIX =
  'Look at the Docker daemon of this runner: with `"iptables": false`, or with rules of its own in the chain DOCKER-USER, it does not keep networks apart.';

/** Id of the question whether a replica ends when it is told to. */
const ENDING = 'ends-on-sigterm';

/** Found once for each variable, argument of the build, or file. */
const SECRETS: readonly string[] = [...SHOWN_WITH_VALUE, SECRET_FILE_PROBE];

const FINDINGS: readonly Finding[] = [
  {
    probes: ['fabric-internal', 'fabric-closed'],
    diagnosis: 'fabric-open',
    cause: () => 'The replicas can reach out of their network, and so can whoever breaks into one of them.',
    fix: ENGINE_FIX,
  },
  {
    probes: ['replica-unpublished', 'replica-fabric-only', 'replica-hidden'],
    diagnosis: 'replica-exposed',
    cause: (subjects) => `${subjects} can be reached past NGINX.`,
    fix: `Publish no port of a replica, and connect it to no other network. ${ENGINE_FIX}`,
  },
  {
    probes: ['nginx-loopback', 'nginx-hidden'],
    diagnosis: 'nginx-exposed',
    cause: () => 'NGINX’s port is open on more than 127.0.0.1, past this machine’s own firewall.',
    fix: 'Publish it as `127.0.0.1:PORT:80`.',
  },
  {
    probes: ['hostname'],
    diagnosis: 'hostname-unreachable',
    cause: (subjects) => `Another replica does not reach ${subjects} by hostname.`,
    fix: 'Look whether the app of that replica still listens on its network address, and at the Docker daemon’s own DNS (127.0.0.11).',
  },
  {
    probes: ['non-root'],
    diagnosis: 'root-user',
    cause: (subjects) =>
      `The app runs as root in ${subjects}: whoever breaks into it is root in the container, and one mistake away from the machine.`,
    fix: 'Add `USER 10001:10001` before the command; what the app writes must belong to that user.',
    place: userPlace,
  },
  {
    probes: ['read-only-root', 'write-fails'],
    diagnosis: 'root-writable',
    cause: (subjects) => `The root file system of ${subjects} can be written to, so an intruder can change the app.`,
    fix: 'Run it with `--read-only --tmpfs /tmp` (input `hardening: enforce`).',
  },
  {
    probes: ['no-capabilities'],
    diagnosis: 'capabilities-left',
    cause: (subjects) => `Processes of ${subjects} hold capabilities of root, or can get them.`,
    fix: 'Run it with `--cap-drop ALL` (input `hardening: enforce`).',
  },
  {
    probes: ['no-new-privileges'],
    diagnosis: 'new-privileges',
    cause: (subjects) => `In ${subjects} a set-user-id program gives its caller more privileges.`,
    fix: 'Run it with `--security-opt no-new-privileges` (input `hardening: enforce`).',
  },
  {
    probes: ['no-engine-socket'],
    diagnosis: 'engine-socket',
    cause: (subjects) => `${subjects} can command the container engine, which means the whole machine.`,
    fix: 'Do not mount the engine’s socket.',
  },
  {
    probes: ['no-secret-in-image'],
    diagnosis: 'secret-in-image',
    cause: (subjects) =>
      `The image carries ${subjects} in its environment: everybody who can pull the image can read it.`,
    fix: 'Remove it from the Dockerfile, hand it over when the container is started (here: input `app-env`, from a secret), and change it: whoever has pulled the image knows it.',
    place: secretPlace,
  },
  {
    probes: ['no-secret-in-history'],
    diagnosis: 'secret-in-image',
    cause: (subjects) =>
      `The image carries ${subjects} in its history (\`docker history\`): an argument of the build is kept there, and everybody who can pull the image can read it.`,
    fix: 'Hand it to the step that needs it as a secret of the build (`RUN --mount=type=secret,id=…`), not as ARG, and change it: whoever has pulled the image knows it.',
    place: secretPlace,
  },
  {
    probes: [SECRET_FILE_PROBE],
    diagnosis: 'secret-file-in-image',
    cause: (subjects) => `The image carries ${subjects}: everybody who can pull the image can read it.`,
    fix: 'Keep it out of the image, hand over what the app needs of it when the container is started (here: input `app-env`, from a secret), and change it: whoever has pulled the image knows it.',
    place: secretFilePlace,
    apart: secretFilesByWay,
  },
  {
    probes: ['health-check'],
    diagnosis: 'health-check-fails',
    cause: (subjects) =>
      `The image’s own HEALTHCHECK fails in ${subjects}, which serves: whoever goes by it (\`docker compose up --wait\`, \`depends_on\`, Swarm) ` +
      'waits in vain, or replaces healthy replicas.',
    fix: 'Give it a program that the image has, and the port and the path that the app serves; or take it out.',
    place: healthCheckPlace,
  },
  {
    probes: [ENDING],
    diagnosis: 'sigterm-ignored',
    cause: (subjects) =>
      `${subjects} does not end when it is told to: each deployment waits for the grace period to run out, and then cuts off what is under way.`,
    fix:
      'Have the program that is PID 1 handle SIGTERM, which has no effect on it otherwise: close the socket, finish what is under way, and end (Node: ' +
      "`process.on('SIGTERM', () => server.close())`). Servers such as gunicorn do so by themselves; what cannot be changed may be started " +
      'through `tini`, and then ends at once, with whatever is under way.',
    place: commandPlace,
  },
  {
    probes: ['cpu-limit', 'memory-limit', 'pids-limit', 'memory-eater-killed', 'forker-refused'],
    diagnosis: 'limit-not-in-force',
    cause: (subjects) =>
      `A limit of ${subjects} is not in force in the kernel, so one of them can take the whole machine.`,
    fix: 'Look at `docker info` on this runner: its warnings say which limits this kernel or this cgroup set-up does not support.',
  },
  {
    probes: ['cpu-burner-errors', 'cpu-burner-wait', 'memory-eater-errors', 'memory-eater-wait'],
    diagnosis: 'noisy-neighbour',
    cause: (subjects) => `The service suffers from ${subjects}, a neighbour with no more than a replica’s own limits.`,
    fix: 'Lower the inputs `cpus` and `memory`, so that all replicas together leave some of the machine free, or `replicas`.',
  },
];

/** One diagnosis for each kind of finding, for the gates on findings that are not met. */
export function findingDiagnoses(situation: Case): readonly Diagnosis[] {
  return situation.scenarios.flatMap((scenario) => {
    const failed = failedProbes(scenario).filter((probe) => !isOfBoth(probe, scenario, situation));
    return FINDINGS.flatMap((finding) => {
      const all = failed.filter(({ id }) => finding.probes.includes(id));
      const broken = situation.broken.find(({ metric }) =>
        all.some((probe) => metricOfProbe(probe, scenario) === metric),
      );
      if (broken === undefined) return [];
      const { rollout } = scenario;
      const from = rollout === null ? situation : builtAs(rollout, situation);
      return (finding.apart?.(from, all) ?? [all]).map((found) => {
        const told = diagnosisOf(finding, found, from);
        return { ...(rollout === null ? told : ofNewVersion(told, rollout)), gates: [broken.metric] };
      });
    });
  });
}

/** What the check `hardening` tells of an image under test that does not end when it is told to, but for the gates; null: it ends, or was not asked. */
export function neverEnds(situation: Case): Omit<Diagnosis, 'gates'> | null {
  const finding = FINDINGS.find(({ probes }) => probes.includes(ENDING));
  const found = situation.scenarios
    .filter(({ check }) => check === 'hardening')
    .flatMap(failedProbes)
    .filter(({ id }) => id === ENDING);
  return finding === undefined || found.length === 0 ? null : diagnosisOf(finding, found, situation);
}

/** Whether it was found of the image under test as well as of the new version, of which it says nothing new. */
function isOfBoth(probe: Probe, { rollout }: ScenarioEvidence, { scenarios }: Case): boolean {
  if (rollout === null) return false;
  const before = scenarios.filter(({ check }) => check === 'hardening').flatMap(failedProbes);
  // A variable is a finding by its name.
  return before.some(({ id, subject }) => id === probe.id && (!SECRETS.includes(id) || subject === probe.subject));
}

/** The Dockerfile at hand is the new version's only where that is built from it, with other arguments. */
function builtAs({ promisedBy }: RolloutEvidence, situation: Case): Case {
  return promisedBy === 'rollout-build-args' ? situation : { ...situation, dockerfile: null };
}

function ofNewVersion(diagnosis: Omit<Diagnosis, 'gates'>, { from, to }: RolloutEvidence): Omit<Diagnosis, 'gates'> {
  return {
    ...diagnosis,
    cause: `In the new version (${to}): ${diagnosis.cause}`,
    evidence: `After the rolling update from ${from}: ${diagnosis.evidence}`,
  };
}

function diagnosisOf(finding: Finding, found: readonly Probe[], situation: Case): Omit<Diagnosis, 'gates'> {
  const subjects = listed([...new Set(found.flatMap(({ subject }) => subject.split(', ')))]);
  const at: Place = finding.place?.(situation, found) ?? NOWHERE;
  const { id, cause, fix, ...place } = at;
  return {
    id: id ?? finding.diagnosis,
    cause: cause ?? finding.cause(subjects),
    evidence: `${found.map(({ subject, seen }) => `${subject}: ${seen}`).join('; ')}.`,
    fix: fix ?? finding.fix,
    ...place,
  };
}
