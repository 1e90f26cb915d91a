import type { Replica } from '../../cluster/cluster-types';
import type { NginxModel } from '../../cluster/nginx/model';
import type { FaultEvidence } from '../evidence';
import type { ScenarioContext } from '../scenario';
import type { Traffic } from '../../traffic/traffic';

/** One way to break a replica, or NGINX, and to mend it again. */
export interface Fault {
  readonly target: 'replica' | 'load-balancer';
  /** In words, for the log: `crash of app2 (SIGKILL)`. */
  readonly describe: (victim: string) => string;
  /**
   * How long it is kept up: past `fail_timeout`, so that NGINX tries the victim again; for as much less as the requests that hang
   * take to be given up, which is waited for anyway; or briefly, where nothing is left to try.
   */
  readonly window: 'fail-timeout' | 'hang' | 'brief';
  /** How much later than usual the victim answers at the most, in milliseconds, where it does answer; absent: no later. */
  readonly latenessMs?: (nginx: NginxModel) => number;
  /**
   * Breaks the victim; done once the engine, the kernel or NGINX vouches for it. An EngineError means that this machine
   * cannot do it.
   */
  readonly inject: (scene: Scene) => Promise<Injection | NotRun>;
}

/** Where a fault is caused. */
export interface Scene extends ScenarioContext {
  /** The replica to break; a fault of NGINX leaves it alone. */
  readonly victim: Replica;
  /** What runs meanwhile. */
  readonly traffic: Traffic;
}

/** What an injection came to. */
export interface Injection {
  readonly kind: 'caused';
  /** Epoch milliseconds. */
  readonly effectiveAt: number;
  /** Asked for after healing, when all is known. */
  readonly proof: () => FaultEvidence['proof'];
  /** Undoes it; the victim need not be ready yet when this is done. Throws a SetupError where it cannot be undone. */
  readonly heal: () => Promise<void>;
}

/** A fault that this machine cannot cause. */
export interface NotRun {
  readonly kind: 'not-run';
  readonly why: string;
}
