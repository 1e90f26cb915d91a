/******/ (() => { // webpackBootstrap
/******/ 	"use strict";
var __webpack_exports__ = {};

;// CONCATENATED MODULE: external "node:worker_threads"
const external_node_worker_threads_namespaceObject = require("node:worker_threads");
;// CONCATENATED MODULE: external "node:perf_hooks"
const external_node_perf_hooks_namespaceObject = require("node:perf_hooks");
;// CONCATENATED MODULE: ./src/clock.ts
/** The machine's clock. Its reading is comparable between threads and with NGINX's `$msec`. */
const systemClock = {
    now: () => performance.timeOrigin + performance.now(),
    sleep: (ms, signal) => new Promise((resolve, reject) => {
        if (signal?.aborted === true) {
            reject(abortReason(signal));
            return;
        }
        const onAbort = () => {
            clearTimeout(timer);
            if (signal !== undefined)
                reject(abortReason(signal));
        };
        const timer = setTimeout(() => {
            signal?.removeEventListener('abort', onAbort);
            resolve();
        }, ms);
        signal?.addEventListener('abort', onAbort, { once: true });
    }),
};
function abortReason(signal) {
    return signal.reason instanceof Error ? signal.reason : new Error('aborted');
}
/** Polls until there is a value; null once the time is over. Rejects when the signal aborts. */
async function waitUntil(wait) {
    const deadline = wait.clock.now() + wait.timeoutMs;
    for (;;) {
        wait.signal.throwIfAborted();
        const value = await wait.poll();
        if (value !== null)
            return value;
        if (wait.clock.now() >= deadline)
            return null;
        const pause = typeof wait.intervalMs === 'number' ? wait.intervalMs : wait.intervalMs();
        await wait.clock.sleep(pause, wait.signal);
    }
}

;// CONCATENATED MODULE: external "node:http"
const external_node_http_namespaceObject = require("node:http");
;// CONCATENATED MODULE: ./src/traffic/exchange.ts

/** The connection ended and Node gave no reason. */
const CLOSED = 'ECONNRESET';
/**
 * Sends one request and reports its end once. An answer counts only when its body is whole; the body is thrown away.
 *
 * @param onEnd not called before this function returned.
 * @returns to give up on it: `destroy()` closes the connection.
 * @throws TypeError for a path or a header that HTTP does not allow.
 */
function startExchange(options, body, onEnd) {
    const exchange = (0,external_node_http_namespaceObject.request)(options);
    let socket = null;
    let bytesBefore = 0;
    let ended = false;
    const end = (result) => {
        if (ended)
            return;
        ended = true;
        onEnd(result);
    };
    const fail = (code) => {
        const answerBegun = socket !== null && socket.bytesRead > bytesBefore;
        end({ kind: 'failed', code, reusedConnection: exchange.reusedSocket, answerBegun });
    };
    exchange.once('socket', (assigned) => {
        socket = assigned;
        bytesBefore = assigned.bytesRead;
    });
    exchange.once('response', (response) => {
        response.once('end', () => end({ kind: 'answered', status: response.statusCode ?? 0 }));
        response.on('error', (error) => fail(error.code ?? CLOSED));
        response.resume();
    });
    exchange.on('error', (error) => fail(error.code ?? CLOSED));
    // Whatever else may happen, such as an upgrade that nobody asked for: no connection, no answer.
    exchange.once('close', () => fail(CLOSED));
    exchange.end(body ?? undefined);
    return exchange;
}

;// CONCATENATED MODULE: ./src/traffic/sample.ts
/**
 * What one request came to, from both sides. All instants are epoch milliseconds with a fraction; all spans are
 * milliseconds.
 */
/**
 * Asks the app to answer this many milliseconds late, as one does whose work takes time. An app that does not know it
 * answers at once, and is none the worse.
 */
const DELAY_HEADER = 'X-LB-Cluster-Delay';

;// CONCATENATED MODULE: ./src/traffic/client.ts



/** Users whose connections stay open between requests; they take turns. */
const KEPT_LANES = 8;
/** This machine has no local port (connect(2)) or no file handle (socket(2)) left for another connection. */
const NOT_SENT = new Set(['EADDRNOTAVAIL', 'EMFILE', 'ENFILE']);
/** The other side closed the connection, seen while reading or while writing. */
const client_CLOSED = new Set(['ECONNRESET', 'EPIPE']);
/**
 * An HTTP/1.1 client that never lets one request wait for another's connection, and so keeps no queue.
 * Each kept lane holds one connection open and uses it again; when that is busy, a further one is opened for the request
 * and closed after it. One common pool would be no good: while answers are quick it holds a single connection, and NGINX
 * serves a connection with the same worker to its end.
 */
function createClient(options) {
    const fresh = new external_node_http_namespaceObject.Agent({ keepAlive: false });
    const lanes = Array.from({ length: KEPT_LANES }, () => new external_node_http_namespaceObject.Agent({ keepAlive: true, maxFreeSockets: 1 }));
    const waiting = new Set();
    let lanesUsed = 0;
    let retries = 0;
    const nextLane = () => lanes[lanesUsed++ % lanes.length] ?? fresh;
    const send = (scheduled) => new Promise((resolve) => {
        const sentAt = options.clock.now();
        let exchange = null;
        const settle = (outcome) => {
            // Destroying the exchange of a settled request ends that one, too; it tells nothing new.
            if (!waiting.delete(giveUp))
                return;
            clearTimeout(patience);
            resolve({ ...scheduled, sentAt, doneAt: options.clock.now(), outcome });
        };
        const giveUp = (kind) => {
            settle({ kind });
            exchange?.destroy();
        };
        const attempt = (agent) => {
            exchange = startExchange(requestOptions(scheduled, agent, options), bodyOf(scheduled), (end) => {
                if (end.kind === 'answered')
                    settle(end);
                else if (waiting.has(giveUp) && isRepeatable(scheduled, end)) {
                    retries += 1;
                    attempt(fresh);
                }
                else
                    settle(outcomeOf(end));
            });
        };
        waiting.add(giveUp);
        // One more: a timer counts whole milliseconds from the start of its event-loop turn, and may fire that much early.
        const left = Math.max(0, Math.ceil(scheduled.scheduledAt + options.patienceMs - sentAt)) + 1;
        const patience = setTimeout(() => giveUp('timeout'), left);
        try {
            attempt(scheduled.connection === 'kept' ? nextLane() : fresh);
        }
        catch (error) {
            settle({ kind: 'not-sent', code: error.code ?? 'UNKNOWN' });
        }
    });
    return {
        send,
        retries: () => retries,
        abandon: () => [...waiting].forEach((giveUp) => giveUp('abandoned')),
        close: () => [fresh, ...lanes].forEach((agent) => agent.destroy()),
    };
}
/**
 * A client may repeat, by itself, a request that is idempotent, when the connection that it was on closes; and should not
 * repeat it again (RFC 9112, section 9.3.1). Browsers and HTTP libraries do so on connections that they kept; the second
 * try is on a fresh one, so there is no third.
 */
function isRepeatable({ method }, end) {
    return method === 'GET' && end.reusedConnection && !end.answerBegun && client_CLOSED.has(end.code);
}
function outcomeOf({ code, reusedConnection }) {
    return NOT_SENT.has(code) ? { kind: 'not-sent', code } : { kind: 'transport', code, reusedConnection };
}
function bodyOf({ id, method }) {
    return method === 'POST' ? JSON.stringify({ id }) : null;
}
function requestOptions({ id, method, path, delayMs }, agent, { host, port, idHeader }) {
    const content = method === 'POST' ? { 'Content-Type': 'application/json' } : {};
    const delay = delayMs > 0 ? { [DELAY_HEADER]: String(delayMs) } : {};
    return { host, port, method, path, agent, headers: { Accept: '*/*', [idHeader]: id, ...delay, ...content } };
}

;// CONCATENATED MODULE: ./src/traffic/generator.ts

/** Finished requests are handed over at this interval: soon enough to watch, seldom enough to cost little. */
const BATCH_MS = 50;
/** Its code, where a request was not sent because too many others were waiting. */
const TOO_MANY_OUTSTANDING = 'TOO_MANY_OUTSTANDING';
/** Starts to send at once. The schedule decides when the first request is due. */
function startGenerator({ schedule, client, clock, maxOutstanding, onRecords }) {
    const stopped = new AbortController();
    const lateness = (0,external_node_perf_hooks_namespaceObject.createHistogram)();
    const batch = createBatch(clock, onRecords);
    const { promise: settled, settle } = deferred();
    let sent = 0;
    let notSent = 0;
    let outstanding = 0;
    const settleIfDone = () => {
        if (!stopped.signal.aborted || outstanding > 0)
            return;
        batch.flush();
        settle({ sent, notSent, latenessMs: percentilesMs(lateness) });
    };
    const finish = (record) => {
        lateness.record(microseconds(record.sentAt - record.scheduledAt));
        if (record.outcome.kind === 'not-sent')
            notSent += 1;
        batch.add(record);
    };
    const send = async (request) => {
        if (outstanding >= maxOutstanding) {
            finish(refused(request, clock.now()));
            return;
        }
        outstanding += 1;
        finish(await client.send(request));
        outstanding -= 1;
        settleIfDone();
    };
    const run = async () => {
        while (!stopped.signal.aborted) {
            // What comes due meanwhile must wait for the next round, or an overloaded generator would never read an answer.
            for (const due = schedule.dueBy(clock.now()); sent < due; sent += 1)
                void send(schedule.at(sent));
            await pause(clock, schedule.at(sent).scheduledAt - clock.now(), stopped.signal);
        }
    };
    const stop = () => {
        stopped.abort();
        settleIfDone();
    };
    void run();
    return {
        stop,
        abandon: () => {
            stop();
            client.abandon();
        },
        settled: () => settled,
    };
}
function refused(request, now) {
    return { ...request, sentAt: now, doneAt: now, outcome: { kind: 'not-sent', code: TOO_MANY_OUTSTANDING } };
}
/** Timers have whole milliseconds; at a high rate several requests leave at each. */
async function pause(clock, ms, signal) {
    // The sleep rejects when it is cut short, which is all the same here.
    await clock.sleep(Math.max(1, Math.ceil(ms)), signal).catch(() => undefined);
}
function createBatch(clock, deliver) {
    let records = [];
    const flush = () => {
        if (records.length === 0)
            return;
        const full = records;
        records = [];
        deliver(full);
    };
    return {
        add: (record) => {
            records.push(record);
            if (records.length === 1)
                void clock.sleep(BATCH_MS).then(flush);
        },
        flush,
    };
}
/** A histogram takes whole numbers from 1. */
function microseconds(ms) {
    return Math.max(1, Math.round(ms * 1000));
}
function percentilesMs(histogram) {
    const { max } = histogram;
    return { p50: histogram.percentile(50) / 1000, p99: histogram.percentile(99) / 1000, max: max / 1000 };
}
function deferred() {
    let settle = () => undefined;
    const promise = new Promise((resolve) => {
        settle = resolve;
    });
    return { promise, settle };
}

;// CONCATENATED MODULE: external "node:child_process"
const external_node_child_process_namespaceObject = require("node:child_process");
;// CONCATENATED MODULE: external "node:fs"
const external_node_fs_namespaceObject = require("node:fs");
;// CONCATENATED MODULE: external "node:os"
const external_node_os_namespaceObject = require("node:os");
;// CONCATENATED MODULE: ./src/traffic/load-priority.ts



/** As nice(2) has it, from 19 to -20. */
const NICENESS = -10;
/** The lowest of the real-time priorities goes before everything that has none (sched(7)). */
const REAL_TIME = ['--rr', '--pid', '1'];
const PATIENCE_MS = 2_000;
/**
 * Lets the calling thread go before the replicas, NGINX and whatever else the machine is busy with: a generator that has to wait for a
 * processor is late, and then nothing is proven. It takes so little time that nobody has to wait long for it. Only a privileged user may
 * ask for that; everybody else's lateness is measured and judged all the same. Real-time, because niceness counts among the
 * processes of one session alone ("The autogroup feature" in sched(7)), and those that start and stop containers are in others.
 */
function goFirst() {
    if (process.platform !== 'linux' || process.geteuid?.() !== 0)
        return;
    try {
        // `<process>/task/<thread>` (proc_thread-self(5)).
        const thread = (0,external_node_fs_namespaceObject.readlinkSync)('/proc/thread-self').split('/').at(-1) ?? '';
        (0,external_node_child_process_namespaceObject.execFileSync)('chrt', [...REAL_TIME, thread], { stdio: 'ignore', timeout: PATIENCE_MS });
    }
    catch {
        niceThread();
    }
}
/** On Linux the niceness is the calling thread's own (setpriority(2), "C library/kernel differences"). */
function niceThread() {
    try {
        (0,external_node_os_namespaceObject.setPriority)(NICENESS);
    }
    catch {
        // As good as it gets.
    }
}

;// CONCATENATED MODULE: ./src/traffic/random.ts
/** Tells the streams of one seed apart: 2^32 divided by the golden ratio, which spreads successive numbers widest. */
const STREAM_STEP = 0x9e3779b9;
/**
 * A repeatable stream of numbers from 0 to below 1. It is mulberry32 (Tommy Ettinger, 2017, public domain), which passes
 * gjrand's tests; good enough to mix an order, no good for secrets.
 *
 * @param seed 32-bit unsigned.
 * @param stream number of the stream; each gives other numbers for the same seed.
 */
function createRandom(seed, stream = 0) {
    let state = (seed ^ Math.imul(stream + 1, STREAM_STEP)) | 0;
    return () => {
        state = (state + 0x6d2b79f5) | 0;
        let mixed = Math.imul(state ^ (state >>> 15), state | 1);
        mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
        return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
    };
}

;// CONCATENATED MODULE: ./src/traffic/schedule.ts

const CLASSES = {
    getFresh: { method: 'GET', connection: 'fresh' },
    getKept: { method: 'GET', connection: 'kept' },
    postFresh: { method: 'POST', connection: 'fresh' },
    postKept: { method: 'POST', connection: 'kept' },
};
/** Longest block: a longer one would no longer spread the classes evenly over a scenario. */
const LONGEST_BLOCK = 1_000;
/** Of so many requests one may be slow; a service whose every request is slow would be another service. */
const LEAST_BETWEEN_SLOW = 5;
/** Tells the random numbers for slow requests apart from those for the classes. */
const SLOW_STREAM = 0x5105;
/**
 * A schedule at a constant rate. Each block of as many requests as the mix adds up to holds exactly the mix, in an order
 * of its own: a fixed one could fall into step with NGINX's rotation, so that one replica got all the POSTs. The slow
 * requests, of whatever class, are spread likewise: one at a random place of each stretch.
 *
 * @param startedAt when the first request is due, in epoch milliseconds.
 * @throws RangeError for a rate that is not above 0, or a mix that is not made of whole numbers adding up to 1 to 1,000.
 */
function createSchedule(order, startedAt) {
    const { rate, path, idPrefix, seed } = order;
    if (!(rate > 0 && Number.isFinite(rate)))
        throw new RangeError(`a rate of ${rate} requests per second`);
    const classes = blockOf(order.mix);
    let shuffled = null;
    // One expression for both directions, so that they agree to the last bit of a floating-point number.
    const dueAt = (seq) => startedAt + (seq * 1000) / rate;
    const classOf = (seq) => {
        const block = Math.floor(seq / classes.length);
        if (shuffled?.block !== block)
            shuffled = { block, classes: shuffle(classes, seed, block) };
        const found = shuffled.classes[seq % classes.length];
        if (found === undefined)
            throw new RangeError(`no request has the number ${seq}`);
        return found;
    };
    const delayOf = delays(order);
    return {
        at: (seq) => ({
            id: `${idPrefix}-${seq}`,
            ...classOf(seq),
            path,
            delayMs: delayOf(seq),
            scheduledAt: dueAt(seq),
        }),
        dueBy: (instant) => {
            let count = Math.max(0, Math.floor(((instant - startedAt) * rate) / 1000));
            while (count > 0 && dueAt(count - 1) > instant)
                count -= 1;
            while (dueAt(count) <= instant)
                count += 1;
            return count;
        },
    };
}
function blockOf(mix) {
    const weights = Object.values(mix);
    const size = weights.reduce((sum, weight) => sum + weight, 0);
    if (!weights.every((weight) => Number.isInteger(weight) && weight >= 0) || size < 1 || size > LONGEST_BLOCK) {
        throw new RangeError(`a mix of ${weights.join(', ')} requests`);
    }
    const names = Object.keys(CLASSES);
    return names.flatMap((name) => Array.from({ length: mix[name] }, () => CLASSES[name]));
}
/** The delay that each request asks for, by its number. */
function delays({ rate, slow, seed }) {
    if (slow === undefined)
        return () => 0;
    const stretch = Math.max(LEAST_BETWEEN_SLOW, Math.round(rate / slow.perSecond));
    return (seq) => {
        const place = Math.floor(createRandom(seed ^ SLOW_STREAM, Math.floor(seq / stretch))() * stretch);
        return seq % stretch === place ? slow.delayMs : 0;
    };
}
/** Fisher and Yates' shuffle (Knuth, The Art of Computer Programming, volume 2, algorithm P). */
function shuffle(items, seed, block) {
    const random = createRandom(seed, block);
    const shuffled = [];
    for (const item of items) {
        const at = Math.floor(random() * (shuffled.length + 1));
        const displaced = shuffled[at];
        if (displaced !== undefined)
            shuffled.push(displaced);
        shuffled[at] = item;
    }
    return shuffled;
}

;// CONCATENATED MODULE: ./src/traffic/load-thread.ts







/** Between the thread's word that it starts and the first request. */
const LEAD_MS = 20;
/** Requests that may wait at one time: below the usual hard limit of 65,536 ports and file handles, with room to spare. */
const MAX_OUTSTANDING = 20_000;
/** The monitor is a timer of this interval, which is part of what it measures. */
const DELAY_RESOLUTION_MS = 10;
/** Sends a plan's traffic and reports on it, until it is told to stop and nothing waits any more. */
function runLoad(port, { order, target, patienceMs }) {
    const report = (message) => port.postMessage(message);
    const loopDelay = (0,external_node_perf_hooks_namespaceObject.monitorEventLoopDelay)({ resolution: DELAY_RESOLUTION_MS });
    loopDelay.enable();
    goFirst();
    const startedAt = systemClock.now() + LEAD_MS;
    const client = createClient({ ...target, patienceMs, clock: systemClock });
    const generator = startGenerator({
        schedule: createSchedule(order, startedAt),
        client,
        clock: systemClock,
        maxOutstanding: MAX_OUTSTANDING,
        onRecords: (records) => report({ kind: 'records', records }),
    });
    port.on('message', (message) => generator[message]());
    report({ kind: 'started', startedAt });
    void generator.settled().then((summary) => {
        loopDelay.disable();
        const loopDelayP99Ms = Math.max(0, loopDelay.percentile(99) / 1e6 - DELAY_RESOLUTION_MS);
        report({ kind: 'settled', summary: { ...summary, clientRetries: client.retries(), loopDelayP99Ms } });
        client.close();
        port.close();
    });
}
// The entry of a thread; importing it anywhere else runs nothing.
if (external_node_worker_threads_namespaceObject.parentPort !== null)
    runLoad(external_node_worker_threads_namespaceObject.parentPort, external_node_worker_threads_namespaceObject.workerData);

module.exports = __webpack_exports__;
/******/ })()
;