import { createHash } from 'node:crypto';

/** What a comment of ours carries invisibly on its first line: whose it is, and what it told. */
export interface CommentMarker {
  /** Hash of the comment's key. */
  readonly key: string;
  /** Hash of the outcomes that the comment tells. */
  readonly digest: string;
}

const MARKER = /^<!-- lb-cluster-action key=([0-9a-f]{32}) digest=([0-9a-f]{32}) -->/;

/**
 * The marker of a comment. Both texts are hashed: whatever they hold, nothing of it can end the HTML comment.
 * @param key separates several clusters' comments on one pull request.
 * @param digest changes exactly when the outcomes do.
 */
export function createMarker(key: string, digest: string): CommentMarker {
  return { key: hash(key), digest: hash(digest) };
}

/** The marker as the first line of a comment's body. */
export function formatMarker(marker: CommentMarker): string {
  return `<!-- lb-cluster-action key=${marker.key} digest=${marker.digest} -->`;
}

/** The marker of a body; null when it has none at its very start: a comment that quotes ours is not ours. */
export function parseMarker(body: string): CommentMarker | null {
  const [, key, digest] = MARKER.exec(body) ?? [];
  return key !== undefined && digest !== undefined ? { key, digest } : null;
}

/** 128 bits of SHA-256, in hexadecimal. */
function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}
