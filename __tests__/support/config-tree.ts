import { buildTree, type ConfigTree } from '../../src/cluster/nginx/dump';

/** The tree of a configuration that is a single file. Throws as {@link buildTree} does. */
export function treeOf(text: string, path: string): ConfigTree {
  return buildTree({ main: path, files: new Map([[path, text]]) });
}
