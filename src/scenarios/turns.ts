/** One of several that take turns in the same place. */
export interface Turn<T> {
  /** It may begin while the one before it only waits. */
  readonly beginsWhenQuiet: boolean;
  /** @param onQuiet called when all that is left to do is to wait. */
  readonly run: (onQuiet: () => void) => Promise<T>;
}

/**
 * Runs one after the other; one that may does so beside the wait of the one before it. All are over when this resolves, and what each came to
 * is in their order. The first failure is thrown at once, and nothing begins after it.
 */
export async function inTurn<T>(turns: readonly Turn<T>[]): Promise<readonly T[]> {
  const begun: Promise<T>[] = [];
  let quiet: Promise<unknown> = Promise.resolve();
  for (const { beginsWhenQuiet, run } of turns) {
    await (beginsWhenQuiet ? quiet : Promise.all(begun));
    const waits = Promise.withResolvers<null>();
    const running = run(() => waits.resolve(null));
    begun.push(running);
    quiet = Promise.race([running, waits.promise]);
    // Whoever does not wait for it learns of a failure from `begun`.
    quiet.catch(() => undefined);
  }
  return Promise.all(begun);
}
