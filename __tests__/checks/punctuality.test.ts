import { describe, expect, test } from '@jest/globals';
import { latenessP99Ms, sendUntilPunctual } from '../../src/checks/punctuality';
import type { ScenarioContext } from '../../src/checks/scenario';
import type { Clock } from '../../src/clock';
import { profileGates } from '../../src/settings/profiles';
import type { Sample } from '../../src/traffic/sample';
import { START, steady } from '../support/evidence';

/** 100 requests a second, of which the first few left 80 ms late. */
function hiccup(count: number, late = 8): readonly Sample[] {
  return steady(0, count).map((one, index) => (index < late ? { ...one, sentAt: one.sentAt + 80 } : one));
}

describe('how late requests left', () => {
  test.each([
    { what: 'nothing was sent', samples: [], from: 0, p99: 0 },
    { what: 'one in a hundred is not the 99th percentile', samples: hiccup(100, 1), from: 0, p99: 0 },
    { what: 'two in a hundred are', samples: hiccup(100, 2), from: 0, p99: 80 },
    { what: 'what was due before does not count', samples: hiccup(100, 8), from: START + 80, p99: 0 },
  ])('$what', ({ samples, from, p99 }) => {
    expect(latenessP99Ms(samples, from)).toBe(p99);
  });
});

describe('sending on', () => {
  /** Time stands still but for sleeps; a request comes due every 10 ms. */
  async function sentMs(samplesAt: (ms: number) => readonly Sample[], gates = profileGates('standard', [])) {
    let now = 0;
    const clock: Clock = {
      now: () => now,
      sleep: (ms) => {
        now += ms;
        return Promise.resolve();
      },
    };
    // Of the context nothing else is used.
    const context = { clock, signal: new AbortController().signal, settings: { gates }, log: () => undefined };
    await sendUntilPunctual(context as unknown as ScenarioContext, { samples: () => samplesAt(now) });
    return now;
  }

  test('is not needed where requests left on time', async () => {
    expect(await sentMs(() => steady(0, 300))).toBe(0);
  });

  test('goes on until a hiccup is less than one request in a hundred', async () => {
    const ms = await sentMs((now) => hiccup(300 + now / 10));
    expect(300 + ms / 10).toBeGreaterThanOrEqual(800);
    expect(300 + ms / 10).toBeLessThan(850);
  });

  test('comes to an end where every request leaves late', async () => {
    const ms = await sentMs((now) => hiccup(300 + now / 10, Infinity));
    expect(ms).toBeGreaterThanOrEqual(30_000);
    expect(ms).toBeLessThan(31_000);
  });

  test('is not done where the user does not mind', async () => {
    expect(await sentMs(() => hiccup(300), [])).toBe(0);
  });
});
