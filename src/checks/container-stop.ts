/** What `docker stop` gives a container to end by itself, unless told otherwise (Docker CLI reference, "docker container stop"). */
export const GRACE_SECONDS = 10;

/** Exit code of a container whose main process SIGKILL ended: 128 + 9. */
export const SIGKILLED = 137;

/** Whoever is killed sooner after it was told to end was told so by SIGKILL: nobody is killed for being slow before. In milliseconds. */
export const AT_ONCE_MS = 2_000;
