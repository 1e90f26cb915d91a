import type { FaultName } from '../../settings/settings';
import { crash } from './crash';
import { dns } from './dns';
import { error } from './error';
import type { Fault } from './fault';
import { freeze } from './freeze';
import { lbReload } from './lb-reload';
import { lbWorkerCrash } from './lb-worker-crash';
import { oom } from './oom';
import { partition } from './partition';
import { slow } from './slow';
import { stop } from './stop';
import { throttle } from './throttle';

/** Every fault by its name in the input `faults`. */
export const FAULTS: Readonly<Record<FaultName, Fault>> = {
  crash,
  stop,
  freeze,
  partition,
  oom,
  throttle,
  error,
  slow,
  'lb-reload': lbReload,
  'lb-worker-crash': lbWorkerCrash,
  dns,
};
