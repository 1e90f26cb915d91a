import type { ScenarioEvidence } from '../../src/checks/evidence';
import type { NginxModel } from '../../src/cluster/nginx/model';
import { parseConfig } from '../../src/cluster/nginx/syntax';
import type { Gate } from '../../src/settings/gates';
import { parseGates } from '../../src/settings/gate-language';
import { overlayGates, profileGates } from '../../src/settings/profiles';
import type { ProfileName } from '../../src/settings/settings';
import type { Diagnosis, DockerfileSource } from '../../src/verdict/diagnosis/diagnosis';
import { judge, type Judgement } from '../../src/verdict/verdict';
import { CONFIG_PATH, modelOf } from './evidence';
import { patched } from './patched';

/** What is written where in a configuration made by {@link configOf}. */
export interface ConfigParts {
  /** What stands on each `server` line. */
  readonly servers?: readonly string[];
  /** Lines around and in the blocks. */
  readonly http?: string;
  readonly upstream?: string;
  readonly server?: string;
  readonly location?: string;
  readonly pass?: string;
}

/** A server configuration of three replicas under which nothing goes wrong, but for what is given. */
export function configOf({
  servers = [1, 2, 3].map((n) => `app${n}:5000 max_fails=2 fail_timeout=3s`),
  http = '',
  upstream = '    zone shop 64k;\n',
  server = '',
  location = '        proxy_connect_timeout 1s;\n        proxy_read_timeout 5s;\n',
  pass = 'http://shop',
}: ConfigParts = {}): string {
  const lines = servers.map((one) => `    server ${one};\n`).join('');
  return `${http}upstream shop {
${upstream}${lines}}

server {
    listen 80;
${server}    location / {
        proxy_pass ${pass};
${location}    }
}
`;
}

/** Line of the first place where this stands in a text, from 1. */
export function lineOf(text: string, part: string): number {
  const index = text.split('\n').findIndex((line) => line.includes(part));
  if (index < 0) throw new Error(`"${part}" is not in the text`);
  return index + 1;
}

/** `1 requests`, `1 request were`. */
const ONE_AS_MANY =
  /(?<![\d.,:/-])1 (?:requests|attempts|answers|replicas|GETs|POSTs|connections|\w+ (?:were|are|have)) /;

interface Surroundings {
  readonly profile?: ProfileName;
  readonly dockerfile?: DockerfileSource | null;
  readonly nginx?: Partial<NginxModel>;
  /** Gates of the user, in their language. */
  readonly own?: string;
}

/**
 * Judges these scenarios by the gates of a profile, under a configuration at `nginx/default.conf`. Throws where a
 * change that a diagnosis proposes does not apply, or leaves a configuration that NGINX does not read, and where it counts one as many.
 */
export function judged(
  text: string,
  scenarios: readonly ScenarioEvidence[],
  { profile = 'standard', dockerfile = null, nginx = {}, own = '' }: Surroundings = {},
): Judgement {
  const checks = [...new Set(scenarios.map(({ check }) => check))];
  const judgement = judge({
    scenarios,
    gates: overlayGates(profileGates(profile, checks), parsed(own)),
    nginx: { ...modelOf(text), ...nginx },
    config: { containerPath: CONFIG_PATH, workspacePath: 'nginx/default.conf', text },
    appPort: 5000,
    dockerfile,
  });
  for (const { file, diff, cause, evidence, fix } of judgement.diagnoses) {
    if (ONE_AS_MANY.test(`${cause} ${evidence} ${fix}`)) throw new Error(`not English: ${cause} ${evidence} ${fix}`);
    if (diff === null) continue;
    const others = dockerfile === null ? [] : [dockerfile, dockerfile.ignore];
    const other = others.find((one) => one?.path === file);
    if (other !== undefined) patched(other.text ?? '', diff);
    else parseConfig(patched(text, diff), CONFIG_PATH);
  }
  return judgement;
}

function parsed(text: string): readonly Gate[] {
  const reading = parseGates(text);
  if (!reading.ok) throw new Error(reading.complaints[0]?.text ?? 'no gates');
  return reading.value;
}

/** Diagnoses of the gates of a profile that these scenarios break; as {@link judged}. */
export function diagnosed(
  text: string,
  scenarios: readonly ScenarioEvidence[],
  surroundings: Surroundings = {},
): readonly Diagnosis[] {
  return judged(text, scenarios, surroundings).diagnoses;
}

/** Each diagnosis and the gates that it explains, in a word each. */
export function explained(diagnoses: readonly Diagnosis[]): readonly string[] {
  return diagnoses.map(({ id, gates }) => `${id}: ${gates.join(' ')}`);
}

/** The lines that a diagnosis takes out and puts in, without their indentation. */
export function edits({ diff }: Diagnosis): readonly string[] {
  return (diff ?? '')
    .split('\n')
    .filter((line) => /^[+-]/.test(line))
    .map((line) => `${line.charAt(0)} ${line.slice(1).trim()}`);
}
