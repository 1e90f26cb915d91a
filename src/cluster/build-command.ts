import { LABELS } from './topology';

/** One image to build. Paths are absolute. */
export interface BuildRequest {
  readonly context: string;
  readonly dockerfile: string;
  readonly target: string | null;
  readonly buildArgs: readonly string[];
  readonly cacheFrom: readonly string[];
  readonly cacheTo: readonly string[];
  readonly tag: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Stands in the command's arguments, so that the command can be found if this process dies. */
  readonly run: string;
}

export type Builder = 'buildx' | 'classic';

/**
 * The arguments of the docker command for a build. The classic builder has the labels in its Dockerfile, and as an argument
 * only the one by which the command is found again: each would cost it a step.
 */
export function buildArguments(builder: Builder, request: BuildRequest): readonly string[] {
  const { context, dockerfile, target, buildArgs, cacheFrom, cacheTo, tag, labels } = request;
  const each = (flag: string, values: readonly string[]): string[] => values.flatMap((value) => [flag, value]);
  const allLabels = Object.entries({ ...labels, [LABELS.run]: request.run }).map(([name, value]) => `${name}=${value}`);
  return [
    ...(builder === 'buildx' ? ['buildx', 'build', '--load', '--progress', 'plain'] : ['build', '--force-rm']),
    ...each('--cache-from', cacheFrom),
    ...each('--cache-to', cacheTo),
    ...each('--tag', [tag]),
    ...each('--label', builder === 'buildx' ? allLabels : [`${LABELS.run}=${request.run}`]),
    ...(target === null ? [] : ['--target', target]),
    ...each('--build-arg', buildArgs),
    '--file',
    dockerfile,
    context,
  ];
}

/** The classic builder takes images alone as a cache, and exports none. */
export function forClassicBuilder(request: BuildRequest, onLine: (line: string) => void): BuildRequest {
  const cacheFrom = request.cacheFrom.flatMap((cache) => imageOf(cache) ?? []);
  if (cacheFrom.length < request.cacheFrom.length || request.cacheTo.length > 0) {
    onLine('buildx is not available: the classic builder ignores cache-to, and each cache-from that is not an image');
  }
  return { ...request, cacheFrom, cacheTo: [] };
}

/** `ghcr.io/owner/app:cache` of itself and of `type=registry,ref=ghcr.io/owner/app:cache`. */
function imageOf(cache: string): string | null {
  if (!cache.includes('=')) return cache;
  const fields = new Map(
    cache.split(',').map((field) => [field.split('=', 1)[0] ?? '', field.slice(field.indexOf('=') + 1)]),
  );
  return fields.get('type') === 'registry' ? (fields.get('ref') ?? null) : null;
}

/** With BuildKit switched off: else a newer docker command asks for buildx even where the engine has none. */
export function classicEnvironment(environment: NodeJS.ProcessEnv): Record<string, string> {
  const own = Object.entries(environment).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  return { ...Object.fromEntries(own), DOCKER_BUILDKIT: '0' };
}
