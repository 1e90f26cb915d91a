/**
 * Ends a bench early without leaving anything behind: what runs is told to end, does so in its own way, and then `endEarly` throws
 * through every clean-up on the way.
 */
const children = new Set();
let interrupted = false;

// A terminal sends it to the children by itself.
process.on('SIGINT', () => (interrupted = true));
process.on('SIGTERM', () => {
  interrupted = true;
  for (const child of children) child.kill('SIGTERM');
});

/** Notes a child until it has ended. */
export function noteChild(child) {
  children.add(child);
  child.once('close', () => children.delete(child));
  return child;
}

/** To be called when a child has ended and been cleaned up after. */
export function endEarly() {
  if (interrupted) throw new Error('interrupted');
}

export function isInterrupted() {
  return interrupted;
}
