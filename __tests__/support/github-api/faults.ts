import type { OperationName } from './description';

/** A way in which GitHub can fail. */
export type FaultKind =
  /** The answer that a token without the permission gets. */
  | { readonly kind: 'forbidden' }
  | { readonly kind: 'not-found' }
  | { readonly kind: 'server-error'; readonly status: 500 | 502 | 503 | 504 }
  /** `retryAfter`: seconds; null: GitHub does not say. */
  | { readonly kind: 'secondary-limit'; readonly retryAfter: number | null; readonly status?: 403 | 429 }
  /** The hour's quota is used up. */
  | { readonly kind: 'primary-limit' }
  /** The server takes the request and never answers. */
  | { readonly kind: 'silence' }
  /** The answer breaks off in the middle. */
  | { readonly kind: 'broken-off' };

/** A fault of one operation (of any, when it names none) for as many requests as `times` says. */
export type Fault = FaultKind & { readonly operation?: OperationName; readonly times: number };

/** An answer before it is written. */
export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** undefined: no body. */
  readonly body?: unknown;
}

/** What GitHub answers in the place of the real answer; null: there is none, or it is not a whole one. */
export function faultAnswer(fault: FaultKind): Answer | null {
  switch (fault.kind) {
    case 'forbidden':
      return refusal(403, 'Resource not accessible by integration');
    case 'not-found':
      return refusal(404, 'Not Found');
    case 'server-error':
      return refusal(fault.status, 'Server Error');
    case 'secondary-limit': {
      const headers = fault.retryAfter === null ? {} : { 'retry-after': String(fault.retryAfter) };
      const message = 'You have exceeded a secondary rate limit. Please wait a few minutes.';
      return { ...refusal(fault.status ?? 403, message), headers };
    }
    case 'primary-limit':
      return {
        ...refusal(403, 'API rate limit exceeded for installation.'),
        headers: { 'x-ratelimit-remaining': '0' },
      };
    case 'silence':
    case 'broken-off':
      return null;
  }
}

/** An error as GitHub words it. */
export function refusal(status: number, message: string): Answer {
  return {
    status,
    body: { message, documentation_url: 'https://docs.github.com/rest', status: String(status) },
  };
}

/** Hands out scripted faults, each as often as it was ordered. */
export class FaultScript {
  readonly #left: { readonly fault: Fault; times: number }[] = [];

  add(fault: Fault): void {
    this.#left.push({ fault, times: fault.times });
  }

  /** The fault that this request meets; null: none. */
  next(operation: OperationName): Fault | null {
    const entry = this.#left.find(
      ({ fault, times }) => times > 0 && (fault.operation === undefined || fault.operation === operation),
    );
    if (entry === undefined) return null;
    entry.times -= 1;
    return entry.fault;
  }
}
