import type { Replica } from '../../cluster/cluster-types';
import type { FaultEvidence } from '../evidence';
import type { ScenarioContext } from '../scenario';

/** One way to break a replica and to mend it again. */
export interface Fault {
  /** In words, for the log: `crash of app2 (SIGKILL)`. */
  readonly describe: (victim: string) => string;
  /** Breaks the victim; done once the engine vouches for it. */
  readonly inject: (context: ScenarioContext, victim: Replica) => Promise<Injection>;
  /** Undoes it; the victim need not be ready yet when this returns. */
  readonly heal: (context: ScenarioContext, victim: Replica) => Promise<void>;
}

/** What an injection came to. */
export interface Injection {
  /** Epoch milliseconds. */
  readonly effectiveAt: number;
  readonly proof: FaultEvidence['proof'];
}
