import { findConflicts, type InputProblem } from './conflicts';
import { INPUT_NAMES, INPUTS, type InputName, type InputValues } from './inputs';
import { overlayGates, profileGates } from './profiles';
import type { Complaint } from './reading';
import type { ImageSource, Settings } from './settings';

/** The settings, or everything that is wrong with the inputs. */
export type SettingsOutcome =
  | { readonly ok: true; readonly settings: Settings }
  | { readonly ok: false; readonly problems: readonly InputProblem[] };

/**
 * Reads every input at once; never throws, and never takes a default in place of what cannot be read.
 *
 * @param raw each input's text by its name in action.yml, untrimmed; missing or blank: the default.
 * @returns problems in the order of action.yml, then those of inputs that contradict each other. No message holds a
 *   line break, an invisible character, or a value of `github-token`, `app-env`, `request-headers`, `build-args` or the caches.
 */
export function parseSettings(raw: Readonly<Record<string, string>>): SettingsOutcome {
  const texts = INPUT_NAMES.map((name) => [name, textOf(name, raw)] as const);
  const readings = texts.map(([name, text]) => ({ name, reading: INPUTS[name].read(text) }));
  const values = Object.fromEntries(
    readings.flatMap(({ name, reading }) => (reading.ok ? [[name, reading.value]] : [])),
  ) as Partial<InputValues>;
  const given = new Set(texts.filter(([name, text]) => text.trim() !== INPUTS[name].default).map(([name]) => name));

  const problems = [
    ...readings.flatMap(({ name, reading }) =>
      reading.ok ? [] : reading.complaints.map((one) => describe(name, one)),
    ),
    ...findConflicts({ values, given }),
  ];
  // Without a complaint every input has its value.
  return problems.length > 0 ? { ok: false, problems } : { ok: true, settings: settingsFrom(values as InputValues) };
}

function textOf(name: InputName, raw: Readonly<Record<string, string>>): string {
  const text = raw[name] ?? '';
  return text.trim() === '' ? INPUTS[name].default : text;
}

function describe(name: InputName, { line, text }: Complaint): InputProblem {
  const place = line === null ? '' : `, line ${line}`;
  return { inputs: [name], message: `Input \`${name}\`${place}: ${text}` };
}

function settingsFrom(values: InputValues): Settings {
  const checks = values.checks.filter((check) => check !== 'hardening' || values.hardening !== 'off');
  return {
    image: imageSource(values),
    replicas: values.replicas,
    hostnamePattern: values['hostname-pattern'],
    appPort: values['app-port'],
    appEnv: values['app-env'],
    healthPath: values['health-path'],
    probePath: values['probe-path'],
    host: values.host,
    requestHeaders: values['request-headers'],
    startupTimeoutMs: values['startup-timeout'],
    limits: { cpus: values.cpus, memoryBytes: values.memory, pids: values['pids-limit'] },
    hardening: values.hardening,
    nginxImage: values['nginx-image'],
    nginxConfig: values['nginx-config'],
    algorithm: values.algorithm,
    weights: values.weights,
    port: values.port,
    checks,
    faults: values.faults,
    rollout: {
      baselineImage: values['baseline-image'],
      image: values['rollout-image'],
      buildArgs: values['rollout-build-args'],
    },
    rate: values.rate,
    profile: values.profile,
    gates: overlayGates(profileGates(values.profile, checks, values.hardening), values.gates),
    onInconclusive: values['on-inconclusive'],
    githubToken: values['github-token'],
    comment: values.comment,
    commentKey: values['comment-key'],
    compareWith: values['compare-with'],
    reportDir: values['report-dir'],
    keepCluster: values['keep-cluster'],
    seed: values.seed,
  };
}

function imageSource(values: InputValues): ImageSource {
  if (values.image !== null) return { kind: 'image', reference: values.image };
  return {
    kind: 'build',
    context: values.context,
    dockerfile: values.dockerfile,
    target: values.target,
    buildArgs: values['build-args'],
    cacheFrom: values['cache-from'],
    cacheTo: values['cache-to'],
  };
}
