import { EngineError } from '../cluster/engine';
import { loneContainer, type Lone } from '../cluster/lone-container';
import type { ScenarioContext } from './scenario';

/** What runc says of a program that the image does not have (opencontainers/runc, libcontainer/init_linux.go). */
export const NOT_THERE = /executable file not found|exec: ".*no such file or directory/;

/**
 * Starts a container that does something with a program which most images have, a shell for one: of NGINX's image, or, where that has not got it (a
 * distroless one), of the app's. Throws an EngineError that names the program where neither has.
 *
 * @returns its id.
 */
export async function startTool(
  { engine, cluster }: Pick<ScenarioContext, 'engine' | 'cluster'>,
  tool: Omit<Lone, 'image' | 'command'> & { readonly command: readonly string[] },
): Promise<string> {
  const { ownership, nginxImage, appImage } = cluster.plan;
  for (const image of [nginxImage, appImage]) {
    const id = await engine.createContainer(loneContainer(ownership, cluster.name, { ...tool, image }));
    try {
      await engine.startContainer(id);
      return id;
    } catch (error) {
      if (!isMissing(error)) throw error;
      await engine.removeContainer(id);
    }
  }
  throw new EngineError('other', `neither the image of NGINX nor the app’s has ${tool.command[0] ?? 'a program'}`);
}

/** Whether it is for want of the program that a container did not start. */
function isMissing(error: unknown): boolean {
  return error instanceof EngineError && error.kind !== 'aborted' && NOT_THERE.test(error.message);
}
