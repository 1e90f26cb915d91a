import type { ScenarioEvidence } from '../checks/evidence';
import type { Way } from '../cluster/nginx/model';
import { gotItsDelay, replicaAt, waitedMs } from '../traffic/attribution';
import type { Attempt, Sample } from '../traffic/sample';
import type { Measurement } from './measurement';
import { doubted, measured } from './measurement';
import { EFFECTS } from './soundness';
import type { WaitMeter } from './starvation';
import { waitMeterOf } from './starvation';
import { counted } from '../settings/wording';

/** An answer that takes longer than this is more than slow, in milliseconds. */
const MOST_SLOWNESS_MS = 3_000;

/** What one client's wait was made of, in milliseconds. */
interface Wait {
  readonly all: number;
  /** Before NGINX had the request, and after it was done with it. */
  readonly outside: number;
  /** With a replica that nobody broke and that answered, after the broken one had been tried. */
  readonly unbroken: number;
  /** In which NGINX or a replica that nobody broke waited for a processor. */
  readonly starved: number;
  /** What NGINX waited for the broken replica because it is told to: no processor would have made it shorter. */
  readonly told: number;
}

/** The time-outs that a replica is given; null: unknown. */
type TimeOuts = Pick<Way, 'connectTimeoutMs' | 'readTimeoutMs'> | null;

type Known = Pick<ScenarioEvidence, 'fault' | 'replicas' | 'processorWaits'>;

/**
 * The longest time that a client waited, in milliseconds; 0 without samples. Where a slowed replica began its answer in time and took long to
 * end it, only the time to the head of the answer counts: see `trickleMs`.
 *
 * Three parts of a wait may come from a slow machine, and not from the service: the time in which NGINX did not have the request; where a broken
 * replica was tried first, the time that the next replica took to answer; and the time in which NGINX or a replica was ready to run, and had no
 * processor, but for what NGINX waits for the broken one by its own time-outs. Without them the gate may be met. Then nothing is proven: this machine is short of processors, or the other replicas cannot carry what the lost one carried.
 */
export function stallMeasurement(
  metric: string,
  samples: readonly Sample[],
  evidence: Known & Pick<ScenarioEvidence, 'name'>,
  timeOuts: TimeOuts = null,
): Measurement {
  const waited = waitMeterOf(evidence);
  const waits = samples.map((sample) => waitOf(sample, evidence, { waited, timeOuts }));
  const worst = waits.reduce((a, b) => (b.all > a.all ? b : a), NO_WAIT);
  const sure = waits.reduce((most, one) => Math.max(most, sureOf(one)), 0);
  const words = remark(samples, evidence.fault?.endedEarly ?? null);
  const measurement = measured(evidence.name, metric, 'ms', worst.all, samples.length, words);
  if (sure === worst.all) return measurement;
  const parts = [
    ...(worst.unbroken > 0 ? [`${Math.round(worst.unbroken)} ms of it with a replica that nobody broke`] : []),
    ...(worst.starved > 0
      ? [`${Math.round(worst.starved)} ms of it while NGINX or a replica was ready to run and waited for a processor`]
      : []),
    ...(worst.outside > 0 ? [`${Math.round(worst.outside)} ms before NGINX had the request or after it was done`] : []),
  ];
  const why =
    `the longest wait was ${Math.round(worst.all)} ms, ${parts.join(', and ')}; without that no client waited longer than ` +
    `${Math.round(sure)} ms: this machine is short of processors, or the other replicas cannot carry the load (inputs cpus, rate)`;
  return doubted(measurement, { value: sure, why });
}

const NO_WAIT: Wait = { all: 0, outside: 0, unbroken: 0, starved: 0, told: 0 };

/** Those who wait for a processor may do so in the other two parts, too, and beside what NGINX waits for on purpose. */
function sureOf({ all, outside, unbroken, starved, told }: Wait): number {
  return Math.min(all - outside - unbroken, Math.max(all - starved, told));
}

/** What NGINX logs for an attempt that it gave up on. */
const TIMED_OUT = 504;

function toldToWait(attempts: readonly Attempt[], { fault, replicas }: Known, timeOuts: TimeOuts): number {
  if (timeOuts === null || fault?.victim == null) return 0;
  return attempts
    .filter(({ address, status }) => status === TIMED_OUT && replicaAt(address, replicas) === fault.victim)
    .map(({ connectMs, responseMs }) => {
      const { value } = connectMs === null ? timeOuts.connectTimeoutMs : timeOuts.readTimeoutMs;
      return Math.min(value, responseMs ?? 0);
    })
    .reduce((sum, ms) => sum + ms, 0);
}

/**
 * How long a slowed victim took to end an answer that it had begun, in milliseconds. NGINX bounds the pause between two reads
 * (`proxy_read_timeout`) and nothing beyond it, so that no configuration could shorten that.
 */
function trickleMs({ proxy, outcome }: Sample, { fault, replicas }: Known): number {
  const last = proxy?.attempts.at(-1);
  if (fault === null || EFFECTS[fault.name] !== 'late' || last === undefined || outcome.kind !== 'answered') return 0;
  if (replicaAt(last.address, replicas) !== fault.victim || last.headerMs === null) return 0;
  return Math.max(0, (last.responseMs ?? last.headerMs) - last.headerMs);
}

function waitOf(
  sample: Sample,
  evidence: Known,
  { waited, timeOuts }: { readonly waited: WaitMeter; readonly timeOuts: TimeOuts },
): Wait {
  const { fault, replicas } = evidence;
  const all = waitedMs(sample) - trickleMs(sample, evidence);
  const starved = Math.min(all, waited(sample.scheduledAt, sample.doneAt));
  const { proxy, outcome } = sample;
  // Without NGINX's side, or an answer, the wait is all that is known.
  if (proxy === null || outcome.kind !== 'answered') return { ...NO_WAIT, all, starved };
  const told = toldToWait(proxy.attempts, evidence, timeOuts);
  const delayMs = gotItsDelay(sample) ? sample.delayMs : 0;
  const outside = Math.max(0, waitedMs(sample) - (proxy.requestMs - delayMs));
  const hostnames = proxy.attempts.map(({ address }) => replicaAt(address, replicas));
  const last = proxy.attempts.at(-1);
  const second = fault?.victim != null && hostnames.slice(0, -1).includes(fault.victim);
  if (!second || hostnames.at(-1) === fault.victim || last?.headerMs == null)
    return { all, outside, unbroken: 0, starved, told };
  const took = Math.max(0, (last.responseMs ?? last.headerMs) - delayMs);
  return { all, outside, unbroken: Math.min(took, all - outside, MOST_SLOWNESS_MS), starved, told };
}

function remark(samples: readonly Sample[], endedEarly: string | null): string | null {
  // Whatever was under way is abandoned with those that hung.
  if (endedEarly !== null) return `the fault was ended early: ${endedEarly}`;
  const abandoned = samples.filter((sample) => sample.outcome.kind === 'abandoned').length;
  return abandoned === 0 ? null : `${counted(abandoned, 'request')} still waited at the end`;
}
