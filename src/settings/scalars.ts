import { accepted, refused, type Reader } from './reading';
import { notAccepted, oneOf } from './wording';

/** Bytes in each of the units that Docker writes after a size; all are powers of 1024. */
const BYTES_IN = { b: 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 } as const;

/** Docker refuses less memory: `linuxMinMemory` in moby, daemon/daemon_unix.go. */
const LEAST_MEMORY_BYTES = 6 * BYTES_IN.m;
const MOST_MEMORY_BYTES = 1024 * BYTES_IN.g;

const MILLISECONDS_IN = { ms: 1, s: 1000, m: 60_000 } as const;

/** A whole number between two bounds, both allowed. */
export function wholeNumber(least: number, most: number): Reader<number> {
  return (text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : NaN;
    if (value >= least && value <= most) return accepted(value);
    return refused(notAccepted(text, `a whole number from ${least} to ${most}`));
  };
}

/** A decimal number between two bounds, both allowed. */
export function decimalNumber(least: number, most: number): Reader<number> {
  return (text) => {
    const value = /^\d{0,9}\.?\d{1,9}$/.test(text) ? Number(text) : NaN;
    if (value >= least && value <= most) return accepted(value);
    return refused(notAccepted(text, `a decimal number from ${least} to ${most}, such as \`0.5\``));
  };
}

/** One of the names, spelt as they are. */
export function choice<const Name extends string>(names: readonly Name[]): Reader<Name> {
  return (text) => {
    const found = names.find((name) => name === text);
    return found === undefined ? refused(notAccepted(text, oneOf(names))) : accepted(found);
  };
}

/** A boolean of the YAML 1.2 core schema, as `getBooleanInput` of @actions/core reads it. */
export const yesOrNo: Reader<boolean> = (text) => {
  if (/^(?:true|True|TRUE)$/.test(text)) return accepted(true);
  if (/^(?:false|False|FALSE)$/.test(text)) return accepted(false);
  return refused(notAccepted(text, oneOf(['true', 'false'])));
};

/** A TCP port. */
export const port: Reader<number> = wholeNumber(1, 65_535);

/** A TCP port, or `auto` for one that is free. */
export const portOrAuto: Reader<number | 'auto'> = (text) => {
  if (text === 'auto') return accepted(text);
  const reading = port(text);
  return reading.ok ? reading : refused(notAccepted(text, '`auto` or a whole number from 1 to 65535'));
};

/** A span of time; in whole milliseconds. */
export const duration: Reader<number> = (text) => {
  const [, amount, unit] = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m)$/.exec(text) ?? [];
  const value = isUnit(MILLISECONDS_IN, unit) ? Math.round(Number(amount) * MILLISECONDS_IN[unit]) : NaN;
  if (value >= 100 && value <= 60 * MILLISECONDS_IN.m) return accepted(value);
  return refused(notAccepted(text, 'a duration from 100ms to 60m, such as `500ms`, `60s` or `2m`'));
};

/**
 * An amount of memory, in bytes, in the forms that `docker run --memory` takes (docker/go-units, size.go,
 * `RAMInBytes`): `k`, `kb` and `KiB` are all 1024 bytes.
 */
export const memorySize: Reader<number> = (text) => {
  const [, amount, prefix = 'b'] = /^(\d{1,15}(?:\.\d{1,9})?) ?([kmg])?i?b?$/.exec(text.toLowerCase()) ?? [];
  const value = isUnit(BYTES_IN, prefix) ? Math.floor(Number(amount) * BYTES_IN[prefix]) : NaN;
  if (value >= LEAST_MEMORY_BYTES && value <= MOST_MEMORY_BYTES) return accepted(value);
  return refused(notAccepted(text, 'a size from 6m to 1024g, such as `256m`, `1g`, `64MiB` or `268435456` (bytes)'));
};

function isUnit<Unit extends string>(table: Readonly<Record<Unit, number>>, unit: string | undefined): unit is Unit {
  return unit !== undefined && Object.hasOwn(table, unit);
}
