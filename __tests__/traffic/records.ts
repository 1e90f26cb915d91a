import type { Attempt, ClientOutcome, ClientRecord, ProxyRecord, ScheduledRequest } from '../../src/traffic/sample';

export const ANSWERED: ClientOutcome = { kind: 'answered', status: 200 };

export function scheduledRequest(changes: Partial<ScheduledRequest> = {}): ScheduledRequest {
  return { id: 'run-0', method: 'GET', connection: 'fresh', path: '/', delayMs: 0, scheduledAt: 1_000, ...changes };
}

export function clientRecord(changes: Partial<ClientRecord> = {}): ClientRecord {
  return { ...scheduledRequest(), sentAt: 1_001, doneAt: 1_010, outcome: ANSWERED, ...changes };
}

export function attempt(changes: Partial<Attempt> = {}): Attempt {
  return {
    address: '10.0.0.11:5000',
    status: 200,
    connectMs: 1,
    headerMs: 5,
    responseMs: 5,
    bytesSent: 100,
    ...changes,
  };
}

export function proxyRecord(changes: Partial<ProxyRecord> = {}): ProxyRecord {
  const changed = {
    id: 'run-0',
    loggedAt: 1_009,
    workerPid: 7,
    method: 'GET',
    status: 200,
    requestMs: 6,
    bodyBytes: 300,
    ...changes,
  };
  return { attempts: [attempt()], ...changed };
}
