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
   * How long the fault is kept up.
   * - `fail-timeout`: past the configuration's `fail_timeout`, so that NGINX tries the victim again while it is broken.
   * - `hang`: the same, counted from the first requests, which hang on the victim for `proxy_read_timeout`. Those are waited for
   *   anyway, so that much less has to be waited besides.
   * - `brief`: some seconds, where the fault is over by itself and there is nothing to try again.
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
