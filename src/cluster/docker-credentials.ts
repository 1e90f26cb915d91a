import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What the engine passes on to a registry (Engine API reference, "Authentication"). */
export interface RegistryCredentials {
  readonly username: string;
  readonly password: string;
  readonly serveraddress: string;
}

/** The name that `docker login` keeps Docker Hub's credentials under (docker/cli, cli/config/configfile). */
const DOCKER_HUB = 'https://index.docker.io/v1/';

/**
 * The credentials that `docker login` left in `config.json` for an image's registry, so that a workflow's login step counts
 * here too; null where there are none, or a credential helper keeps them.
 *
 * @param folder the docker CLI's configuration folder.
 */
export async function findCredentials(reference: string, folder: string): Promise<RegistryCredentials | null> {
  const registry = registryOf(reference);
  const auths = await readAuths(join(folder, 'config.json'));
  const [, entry] = Object.entries(auths).find(([key]) => key === registry || hostOf(key) === registry) ?? [];
  const [username, password] = splitOnce(Buffer.from(entry?.auth ?? '', 'base64').toString('utf8'), ':');
  return username === '' || password === '' ? null : { username, password, serveraddress: registry };
}

/** `ghcr.io` of `ghcr.io/owner/app:1`; a first part that cannot be a host name belongs to Docker Hub. */
function registryOf(reference: string): string {
  const [first] = splitOnce(reference, '/');
  const isHost = reference.includes('/') && (/[.:]/.test(first) || first === 'localhost');
  return isHost && first !== 'docker.io' ? first : DOCKER_HUB;
}

function hostOf(key: string): string {
  return splitOnce(key.replace(/^https?:\/\//, ''), '/')[0];
}

async function readAuths(file: string): Promise<Readonly<Record<string, { readonly auth?: string }>>> {
  try {
    const config = JSON.parse(await readFile(file, 'utf8')) as { readonly auths?: Record<string, { auth?: string }> };
    return config.auths ?? {};
  } catch {
    // No login, or one that this cannot read: the registry is asked anonymously, and says so if that will not do.
    return {};
  }
}

function splitOnce(text: string, separator: string): readonly [before: string, after: string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
