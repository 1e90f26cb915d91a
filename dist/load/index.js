/******/ (() => { // webpackBootstrap
/******/ 	"use strict";
var __webpack_exports__ = {};

;// CONCATENATED MODULE: external "node:perf_hooks"
const external_node_perf_hooks_namespaceObject = require("node:perf_hooks");
;// CONCATENATED MODULE: ./src/clock.ts
/** Does not change while a process runs; to ask for it costs more than to ask for the time. */
const ORIGIN = performance.timeOrigin;
/** The machine's clock. Its reading is comparable between threads and with NGINX's `$msec`. */
const systemClock = {
    now: () => ORIGIN + performance.now(),
    sleep: (ms, signal) => 
    // A thousand times a second while traffic is sent.
    signal === undefined ? new Promise((resolve) => void setTimeout(resolve, ms)) : sleepUnlessAborted(ms, signal),
};
function sleepUnlessAborted(ms, signal) {
    return new Promise((resolve, reject) => {
        if (signal.aborted) {
            reject(abortReason(signal));
            return;
        }
        const onAbort = () => {
            clearTimeout(timer);
            reject(abortReason(signal));
        };
        const timer = setTimeout(() => {
            signal.removeEventListener('abort', onAbort);
            resolve();
        }, ms);
        signal.addEventListener('abort', onAbort, { once: true });
    });
}
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

;// CONCATENATED MODULE: external "node:net"
const external_node_net_namespaceObject = require("node:net");
;// CONCATENATED MODULE: ./src/traffic/answer-reader.ts
/** What came is no HTTP answer. */
class AnswerError extends Error {
    name = 'AnswerError';
    /** Named like the errors of Node's own parser (llhttp), which tells some of them apart more finely. */
    code;
    constructor(code) {
        super(code);
        this.code = code;
    }
}
/** Bytes of a header, a trailer or a line between chunks; Node has the same limit. */
const LONGEST_HEAD = 16 * 1024;
/** A server closes an idle connection after the time that it told; a request that sets out just then is lost. */
const KEEP_ALIVE_MARGIN_MS = 1_000;
const LF = 0x0a;
/** RFC 9112, section 4; many servers leave out the space before an empty reason. */
const STATUS_LINE = /^HTTP\/1\.(\d) ([1-9]\d\d)(?: [\t\x20-\x7e\x80-\xff]*)?$/;
const STATUS_START = 'HTTP/1.';
/** RFC 9112, section 5; no space before the colon, and no line folded into two (section 5.2). */
const FIELD_LINE = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[\t\x20-\x7e\x80-\xff]*$/;
/** Fifteen digits: all of them are safe integers. */
const CONTENT_LENGTH = /^[\t ]*(\d{1,15})[\t ]*$/;
/** RFC 9112, section 7.1; thirteen digits are 52 bits. */
const CHUNK_SIZE = /^([0-9A-Fa-f]{1,13})[\t ]*(?:;[\t\x20-\x7e\x80-\xff]*)?$/;
const LAST_CHUNKED = /(?:^|,)[\t ]*chunked[\t ]*$/i;
const CLOSE = /(?:^|,)[\t ]*close[\t ]*(?:,|$)/i;
const KEEP_ALIVE = /(?:^|,)[\t ]*keep-alive[\t ]*(?:,|$)/i;
const TIMEOUT = /(?:^|[,\t ])timeout=(\d{1,9})/i;
/** A reader of HTTP/1.1 and HTTP/1.0 answers to requests other than HEAD and CONNECT (RFC 9112, sections 4 to 7). */
function createAnswerReader() {
    let part = 'status';
    let framing = noFraming();
    let status = 0;
    let minorVersion = 1;
    /** Bytes of the body, or of the chunk, that are still to come. */
    let left = 0;
    /** The beginning of a line whose end is still to come. */
    let carried = '';
    let headLength = 0;
    let begun = false;
    let surplus = false;
    let untilClose = false;
    const restart = () => {
        startHead();
        begun = false;
        surplus = false;
        untilClose = false;
    };
    const startHead = () => {
        part = 'status';
        framing = noFraming();
        carried = '';
        headLength = 0;
    };
    const endHead = () => {
        if (status === 101)
            throw new AnswerError('ECONNRESET');
        // Any number of interim answers may come before the one that counts (RFC 9110, section 15.2).
        if (status < 200)
            startHead();
        else
            part = bodyOf(status, framing);
        headLength = 0;
        left = framing.contentLength ?? 0;
        untilClose = part === 'until-close';
    };
    const takeStatusLine = (line) => {
        const [, minor, code] = STATUS_LINE.exec(line) ?? [];
        if (code === undefined)
            throw new AnswerError('HPE_INVALID_CONSTANT');
        minorVersion = Number(minor);
        status = Number(code);
        part = 'header';
    };
    const takeLine = (line) => {
        if (part === 'status')
            takeStatusLine(line);
        else if (part === 'header') {
            if (line === '')
                endHead();
            else
                takeField(line, framing);
        }
        else if (part === 'trailer') {
            if (line === '')
                part = 'whole';
            else
                checkField(line);
        }
        else {
            // The line after a chunk is empty, and what follows it is the size of the next one.
            headLength = 0;
            if (part === 'chunk-size')
                left = chunkSize(line);
            if (part === 'chunk-end')
                part = 'chunk-size';
            else
                part = left === 0 ? 'trailer' : 'chunk';
        }
    };
    /** @returns the place after what it took. */
    const readLine = (bytes, from, length) => {
        let end = from;
        while (end < length && bytes[end] !== LF)
            end += 1;
        headLength += Math.min(end + 1, length) - from;
        if (headLength > LONGEST_HEAD)
            throw new AnswerError('HPE_HEADER_OVERFLOW');
        const line = carried + bytes.toString('latin1', from, end);
        // What cannot become an answer any more is not waited for.
        if (part === 'status' && !STATUS_START.startsWith(line.slice(0, STATUS_START.length))) {
            throw new AnswerError('HPE_INVALID_CONSTANT');
        }
        if (part === 'chunk-end' && line !== '' && line !== '\r')
            throw new AnswerError('HPE_STRICT');
        if (end === length) {
            carried = line;
            return length;
        }
        carried = '';
        if (!line.endsWith('\r'))
            throw new AnswerError('HPE_CR_EXPECTED');
        takeLine(line.slice(0, -1));
        return end + 1;
    };
    const readBody = (from, length) => {
        const taken = Math.min(left, length - from);
        left -= taken;
        if (left === 0)
            part = part === 'sized' ? 'whole' : 'chunk-end';
        return from + taken;
    };
    return {
        restart,
        read: (bytes, length) => {
            let at = 0;
            begun ||= length > 0;
            while (at < length && part !== 'whole') {
                if (part === 'sized' || part === 'chunk')
                    at = readBody(at, length);
                else
                    at = part === 'until-close' ? length : readLine(bytes, at, length);
            }
            surplus ||= at < length;
            return part === 'whole';
        },
        close: () => {
            if (part === 'until-close')
                part = 'whole';
            return part === 'whole';
        },
        isBegun: () => begun,
        status: () => status,
        keepsForMs: () => (part !== 'whole' || surplus || untilClose ? 0 : keepsForMs(minorVersion, framing)),
    };
}
function noFraming() {
    return { contentLength: null, transferEncoding: null, connection: '', keepAliveMs: Infinity };
}
function checkField(line) {
    if (!FIELD_LINE.test(line))
        throw new AnswerError('HPE_INVALID_HEADER_TOKEN');
}
function takeField(line, framing) {
    checkField(line);
    const colon = line.indexOf(':');
    // Only names of these lengths matter, and most are of others.
    if (colon !== 10 && colon !== 14 && colon !== 17)
        return;
    const value = line.slice(colon + 1);
    switch (line.slice(0, colon).toLowerCase()) {
        case 'content-length': {
            const digits = CONTENT_LENGTH.exec(value)?.[1];
            if (digits === undefined)
                throw new AnswerError('HPE_INVALID_CONTENT_LENGTH');
            if (framing.contentLength !== null)
                throw new AnswerError('HPE_UNEXPECTED_CONTENT_LENGTH');
            framing.contentLength = Number(digits);
            break;
        }
        case 'transfer-encoding':
            framing.transferEncoding = framing.transferEncoding === null ? value : `${framing.transferEncoding},${value}`;
            break;
        case 'connection':
            framing.connection = framing.connection === '' ? value : `${framing.connection},${value}`;
            break;
        case 'keep-alive': {
            const seconds = TIMEOUT.exec(value)?.[1];
            if (seconds !== undefined)
                framing.keepAliveMs = Number(seconds) * 1000 - KEEP_ALIVE_MARGIN_MS;
        }
    }
}
function chunkSize(line) {
    const digits = CHUNK_SIZE.exec(line)?.[1];
    if (digits === undefined)
        throw new AnswerError('HPE_INVALID_CHUNK_SIZE');
    return Number.parseInt(digits, 16);
}
/** How the body's end is found: RFC 9112, section 6.3. */
function bodyOf(status, { contentLength, transferEncoding }) {
    if (status === 204 || status === 304)
        return 'whole';
    if (transferEncoding !== null) {
        // Two ends for one body: "ought to be handled as an error".
        if (contentLength !== null)
            throw new AnswerError('HPE_UNEXPECTED_CONTENT_LENGTH');
        return LAST_CHUNKED.test(transferEncoding) ? 'chunk-size' : 'until-close';
    }
    if (contentLength === null)
        return 'until-close';
    return contentLength === 0 ? 'whole' : 'sized';
}
/** RFC 9112, section 9.3; a transfer encoding in an HTTP/1.0 answer makes its framing doubtful (section 6.1). */
function keepsForMs(minorVersion, { connection, transferEncoding, keepAliveMs }) {
    if (CLOSE.test(connection))
        return 0;
    if (minorVersion === 0 && (transferEncoding !== null || !KEEP_ALIVE.test(connection)))
        return 0;
    return Math.max(0, keepAliveMs);
}

;// CONCATENATED MODULE: ./src/traffic/connection.ts


/** The connection ended and Node gave no reason. */
const CLOSED = 'ECONNRESET';
/** How long the server has to close a connection after its last answer, before this side does. */
const CLOSING_MS = 1_000;
/** Opens a connection. Whatever fails about it, now or later, fails the exchange that is under way. */
function openConnection({ host, port, bytes, clock, closings, onClose }) {
    const reader = createAnswerReader();
    let onEnd = null;
    let unsent = null;
    let exchanges = 0;
    let keepsOpen = true;
    let isOpen = true;
    let usableUntil = Infinity;
    let forgetClosing = null;
    const end = (result) => {
        const report = onEnd;
        onEnd = null;
        report?.(result);
    };
    const fail = (code) => {
        isOpen = false;
        end({ kind: 'failed', code, reusedConnection: exchanges > 1, answerBegun: reader.isBegun() });
    };
    const finish = () => {
        const now = clock.now();
        const keepsForMs = keepsOpen ? reader.keepsForMs() : 0;
        usableUntil = now + keepsForMs;
        // The server was asked to close it, or said that it will: it should be the one that does (see `requestMessage`).
        if (keepsForMs === 0) {
            isOpen = false;
            forgetClosing = closings.add({ at: now + CLOSING_MS, onDue: () => socket.destroy() });
        }
        end({ kind: 'answered', status: reader.status() });
    };
    const onBytes = (length) => {
        try {
            if (onEnd === null) {
                // Nobody asked for it: whatever it is, the next answer could not be told from it.
                isOpen = false;
                socket.destroy();
            }
            else if (reader.read(bytes, length))
                finish();
        }
        catch (error) {
            if (!(error instanceof AnswerError))
                throw error;
            fail(error.code);
            socket.destroy();
        }
        return true;
    };
    // Half open, for Node would answer the server's end by an end of its own before it closes: a system call more.
    const socket = (0,external_node_net_namespaceObject.connect)({
        host,
        port,
        noDelay: true,
        allowHalfOpen: true,
        onread: { buffer: bytes, callback: onBytes },
    });
    socket.once('connect', () => {
        if (unsent !== null)
            socket.write(unsent, 'latin1');
        unsent = null;
    });
    socket.once('end', () => {
        isOpen = false;
        if (onEnd !== null && reader.close())
            end({ kind: 'answered', status: reader.status() });
        else
            fail(CLOSED);
        socket.destroy();
    });
    socket.on('error', (error) => fail(error.code ?? CLOSED));
    socket.once('close', () => {
        forgetClosing?.();
        fail(CLOSED);
        onClose(connection);
    });
    const connection = {
        isBusy: () => onEnd !== null,
        isUsable: () => isOpen && clock.now() < usableUntil,
        exchange: (message, stays, report) => {
            onEnd = report;
            keepsOpen = stays;
            exchanges += 1;
            reader.restart();
            if (socket.connecting)
                unsent = message;
            else
                socket.write(message, 'latin1');
        },
        destroy: () => {
            isOpen = false;
            socket.destroy();
        },
    };
    return connection;
}

;// CONCATENATED MODULE: ./src/traffic/deadlines.ts
/**
 * An empty list of deadlines. Those that are added in the order in which they are due, as is usual, are added in constant
 * time. Its timer keeps no process alive.
 */
function createDeadlines(clock) {
    let first = null;
    let last = null;
    let timer = null;
    let wakesAt = Infinity;
    const wakeFor = ({ at }) => {
        if (at >= wakesAt)
            return;
        if (timer !== null)
            clearTimeout(timer);
        wakesAt = at;
        // One more: a timer counts whole milliseconds from the start of its event-loop turn, and may fire that much early.
        timer = setTimeout(onTimer, Math.max(0, Math.ceil(at - clock.now())) + 1).unref();
    };
    const onTimer = () => {
        wakesAt = Infinity;
        const now = clock.now();
        while (first !== null && first.at <= now) {
            const { onDue } = first;
            remove(first);
            onDue();
        }
        if (first !== null)
            wakeFor(first);
    };
    const remove = (entry) => {
        if (!entry.isListed)
            return;
        entry.isListed = false;
        if (entry.before === null)
            first = entry.after;
        else
            entry.before.after = entry.after;
        if (entry.after === null)
            last = entry.before;
        else
            entry.after.before = entry.before;
    };
    return {
        add: ({ at, onDue }) => {
            let before = last;
            while (before !== null && before.at > at)
                before = before.before;
            const entry = { at, onDue, before, after: before === null ? first : before.after, isListed: true };
            if (entry.before === null)
                first = entry;
            else
                entry.before.after = entry;
            if (entry.after === null)
                last = entry;
            else
                entry.after.before = entry;
            wakeFor(entry);
            return () => remove(entry);
        },
    };
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

;// CONCATENATED MODULE: ./src/traffic/request-message.ts

/** As Node's own client has it: whitespace and control characters could end the request line early. */
const NOT_IN_PATH = /[^\x21-\xff]/;
/** RFC 9110, section 5.6.2. */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** RFC 9110, section 5.5. */
const NOT_IN_VALUE = /[^\t\x20-\x7e\x80-\xff]/;
/** Lines of headers that are the same in each request. Throws as {@link requestMessage} does. */
function headerLines(headers) {
    return headers.map(([name, value]) => headerLine(name, value)).join('');
}
/**
 * A whole HTTP/1.1 request, a byte for each character (latin1).
 *
 * @param target its `headers` are lines, as {@link headerLines} makes them.
 * @param keepsOpen whether the connection stays open; else the server is asked to close it after its answer. The side that
 *   closes first has the port in TIME_WAIT for a minute, and a client that did so would run out of ports.
 * @throws TypeError with Node's `code` for a path or a header that HTTP does not allow.
 */
function requestMessage({ id, method, path, delayMs }, { authority, headers, idHeader }, keepsOpen) {
    if (NOT_IN_PATH.test(path))
        throw invalid('ERR_UNESCAPED_CHARACTERS', 'Request path contains unescaped characters');
    const head = `${method} ${path} HTTP/1.1\r\n${headerLine('Host', authority)}` +
        `${headers}${headerLine(idHeader, id)}Connection: ${keepsOpen ? 'keep-alive' : 'close'}\r\n` +
        (delayMs > 0 ? `${DELAY_HEADER}: ${delayMs}\r\n` : '');
    if (method === 'GET')
        return `${head}\r\n`;
    const body = Buffer.from(JSON.stringify({ id })).toString('latin1');
    return `${head}Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
}
function headerLine(name, value) {
    if (!TOKEN.test(name))
        throw invalid('ERR_INVALID_HTTP_TOKEN', 'Header name must be a valid HTTP token');
    if (NOT_IN_VALUE.test(value))
        throw invalid('ERR_INVALID_CHAR', 'Invalid character in header content');
    return `${name}: ${value}\r\n`;
}
function invalid(code, message) {
    return Object.assign(new TypeError(message), { code });
}

;// CONCATENATED MODULE: ./src/traffic/client.ts



/** Users whose connections stay open between requests; they take turns. */
const KEPT_LANES = 8;
/** What a read may bring at once. */
const READ_BYTES = 64 * 1024;
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
    const { host, port, clock, patienceMs } = options;
    const open = new Set();
    const waiting = new Set();
    const patiences = createDeadlines(clock);
    const lanes = Array.from({ length: KEPT_LANES }, () => null);
    const means = {
        ...{ host, port, clock, bytes: Buffer.allocUnsafeSlow(READ_BYTES), closings: createDeadlines(clock) },
        onClose: (connection) => void open.delete(connection),
    };
    let lanesUsed = 0;
    let retries = 0;
    const connected = () => {
        const connection = openConnection(means);
        open.add(connection);
        return connection;
    };
    const target = { ...options, headers: headerLines(options.headers) };
    /** The next lane in turn; null when a request is under way on its connection. */
    const nextLane = () => {
        const lane = lanesUsed++ % lanes.length;
        return lanes[lane]?.isBusy() === true ? null : lane;
    };
    const connectionOf = (lane) => {
        const held = lanes[lane];
        if (held?.isUsable() === true)
            return held;
        held?.destroy();
        return (lanes[lane] = connected());
    };
    const send = (scheduled, onRecord) => {
        const sentAt = clock.now();
        let connection = null;
        const settle = (outcome) => {
            // Closing the connection of a settled request ends that one, too; it tells nothing new.
            if (!waiting.delete(giveUp))
                return;
            forgetPatience();
            const { id, method, connection: use, path, delayMs, scheduledAt } = scheduled;
            // Named one by one: to spread an object costs more.
            onRecord({ id, method, connection: use, path, delayMs, scheduledAt, sentAt, doneAt: clock.now(), outcome });
        };
        const giveUp = (kind) => {
            settle({ kind });
            connection?.destroy();
        };
        const attempt = (kept) => {
            const lane = kept ? nextLane() : null;
            const message = requestMessage(scheduled, target, lane !== null);
            connection = lane === null ? connected() : connectionOf(lane);
            connection.exchange(message, lane !== null, onEnd);
        };
        const onEnd = (end) => {
            if (end.kind === 'answered')
                settle(end);
            else if (waiting.has(giveUp) && isRepeatable(scheduled, end)) {
                retries += 1;
                attempt(false);
            }
            else
                settle(outcomeOf(end));
        };
        waiting.add(giveUp);
        const forgetPatience = patiences.add({ at: scheduled.scheduledAt + patienceMs, onDue: () => giveUp('timeout') });
        try {
            attempt(scheduled.connection === 'kept');
        }
        catch (error) {
            settle({ kind: 'not-sent', code: error.code ?? 'UNKNOWN' });
        }
    };
    return {
        send,
        retries: () => retries,
        abandon: () => [...waiting].forEach((giveUp) => giveUp('abandoned')),
        close: () => open.forEach((connection) => connection.destroy()),
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

;// CONCATENATED MODULE: ./src/traffic/generator.ts

/** Finished requests are handed over at this interval: soon enough to watch, seldom enough to cost little. */
const BATCH_MS = 50;
/** A sleep that is not worth cutting short. */
const SHORT_MS = 20;
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
    const finishSent = (record) => {
        finish(record);
        outstanding -= 1;
        settleIfDone();
    };
    const send = (request) => {
        if (outstanding >= maxOutstanding) {
            finish(refused(request, clock.now()));
            return;
        }
        outstanding += 1;
        client.send(request, finishSent);
    };
    const run = () => {
        if (stopped.signal.aborted)
            return;
        // What comes due meanwhile must wait for the next round, or an overloaded generator would never read an answer.
        for (const due = schedule.dueBy(clock.now()); sent < due; sent += 1)
            send(schedule.at(sent));
        void pause(clock, schedule.dueAt(sent) - clock.now(), stopped.signal).then(run);
    };
    const stop = () => {
        stopped.abort();
        settleIfDone();
    };
    run();
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
function pause(clock, ms, signal) {
    const wholeMs = Math.max(1, Math.ceil(ms));
    // To listen for the end costs as much as to send a request, and so short a sleep holds nobody up.
    if (wholeMs <= SHORT_MS)
        return clock.sleep(wholeMs);
    // The sleep rejects when it is cut short, which is all the same here.
    return clock.sleep(wholeMs, signal).catch(() => undefined);
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
;// CONCATENATED MODULE: external "node:os"
const external_node_os_namespaceObject = require("node:os");
;// CONCATENATED MODULE: ./src/traffic/load-priority.ts


/** As nice(2) has it, from 19 to -20. */
const NICENESS = -10;
/** The lowest of the real-time priorities goes before everything that has none (sched(7)). */
const REAL_TIME = '1';
/** A machine on which starting two programs takes longer than some seconds is the one that needs it most; only what hangs is to be left. */
const PATIENCE_MS = 15_000;
/**
 * Lets this process go before the replicas, NGINX and whatever else the machine is busy with: a generator that has to wait for a
 * processor is late, and then nothing is proven. It takes so little time that nobody has to wait long for it. Where the machine does not
 * allow that, lateness is measured and judged all the same. Real-time, because niceness counts among the processes of one session
 * alone ("The autogroup feature" in sched(7)), and those that start and stop containers are in others. All threads, because a garbage
 * collection ends when the last of its helpers does.
 */
function goFirst() {
    if (changeScheduling(['--rr', '--all-tasks', '--pid', REAL_TIME, String(process.pid)]))
        return;
    try {
        if (process.geteuid?.() === 0)
            (0,external_node_os_namespaceObject.setPriority)(NICENESS);
    }
    catch {
        // As good as it gets.
    }
}
/** Whether the machine lets a process {@link goFirst}. */
function mayGoFirst() {
    return changeScheduling(['--rr', REAL_TIME, 'true']);
}
/** Calls chrt(1), as root where that costs no question: the machines of GitHub let their user be root. False: it did not work. */
function changeScheduling(args) {
    const hosted = process.env['RUNNER_ENVIRONMENT'] === 'github-hosted';
    const [command, ...first] = process.geteuid?.() !== 0 && hosted ? ['sudo', '--non-interactive', 'chrt'] : ['chrt'];
    try {
        (0,external_node_child_process_namespaceObject.execFileSync)(command, [...first, ...args], { stdio: 'ignore', timeout: PATIENCE_MS });
        return true;
    }
    catch {
        return false;
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

;// CONCATENATED MODULE: ./src/traffic/arrivals.ts

/** How long a stretch is, in seconds: random arrivals deviate from the rate within a stretch alone. */
const STRETCH_SECONDS = 0.1;
/** Stretches whose moments are kept: requests under way for some seconds are told about when they end. */
const KEPT = 64;
/** Tells the random numbers for arrivals apart from those for the classes. */
const ARRIVAL_STREAM = 0xa881;
/**
 * Arrivals at a constant rate. At even distances they can fall into step with what they are to test: a replica then sees a request
 * every 30 ms and never one after 10 ms, so that a race which needs that never comes up. Random ones are those of a Poisson
 * process of which the number in each tenth of a second is known: independent and uniform in it (S. M. Ross, Introduction to
 * Probability Models, "Conditional Distribution of the Arrival Times").
 *
 * @param rate requests per second, above 0.
 * @param startedAt when the first stretch begins, in epoch milliseconds; even arrivals begin with a request.
 */
function createArrivals(arrivals, rate, seed, startedAt) {
    const dueAt = arrivals === 'even' ? evenly(rate, startedAt) : randomly(rate, seed, startedAt);
    return {
        dueAt,
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
function evenly(rate, startedAt) {
    // One expression for both directions, so that they agree to the last bit of a floating-point number.
    return (seq) => startedAt + (seq * 1000) / rate;
}
function randomly(rate, seed, startedAt) {
    const size = Math.max(1, Math.round(rate * STRETCH_SECONDS));
    const lengthMs = (size * 1000) / rate;
    const kept = new Map();
    const momentsOf = (stretch) => {
        const known = kept.get(stretch);
        if (known !== undefined)
            return known;
        const random = createRandom(seed ^ ARRIVAL_STREAM, stretch);
        const moments = Float64Array.from({ length: size }, () => startedAt + (stretch + random()) * lengthMs).sort();
        for (const oldest of kept.keys())
            if (kept.size >= KEPT)
                kept.delete(oldest);
        kept.set(stretch, moments);
        return moments;
    };
    return (seq) => {
        const moment = momentsOf(Math.floor(seq / size))[seq % size];
        if (moment === undefined)
            throw new RangeError(`no request has the number ${seq}`);
        return moment;
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
 * @param startedAt when the first request is due, or may be, in epoch milliseconds.
 * @throws RangeError for a rate that is not above 0, or a mix that is not made of whole numbers adding up to 1 to 1,000.
 */
function createSchedule(order, startedAt) {
    const { rate, arrivals = 'even', path, idPrefix, seed } = order;
    if (!(rate > 0 && Number.isFinite(rate)))
        throw new RangeError(`a rate of ${rate} requests per second`);
    const classes = blockOf(order.mix);
    let shuffled = null;
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
    const { dueAt, dueBy } = createArrivals(arrivals, rate, seed, startedAt);
    return {
        at: (seq) => {
            const { method: usual, connection } = classOf(seq);
            const delayMs = delayOf(seq);
            const method = delayMs > 0 ? (order.slow?.method ?? usual) : usual;
            return { id: `${idPrefix}-${seq}`, method, connection, path, delayMs, scheduledAt: dueAt(seq) };
        },
        dueAt,
        dueBy,
    };
}
/** The number in its schedule of the request with this id. */
function seqOf(id) {
    return Number(id.slice(id.lastIndexOf('-') + 1));
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
    const size = Math.max(LEAST_BETWEEN_SLOW, Math.round(rate / slow.perSecond));
    let drawn = { stretch: -1, place: 0 };
    return (seq) => {
        const stretch = Math.floor(seq / size);
        if (drawn.stretch !== stretch) {
            drawn = { stretch, place: Math.floor(createRandom(seed ^ SLOW_STREAM, stretch)() * size) };
        }
        return seq % size === drawn.place ? slow.delayMs : 0;
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

;// CONCATENATED MODULE: ./src/traffic/record-columns.ts

/** Numbers a record. */
const WIDTH = 4;
/** How a request ended, as a number: an answer's status, which is below 1,000, or one of these. */
const record_columns_TIMEOUT = -1;
const ABANDONED = -2;
/** From here on each code has these three numbers. */
const FIRST_CODE = 1_000;
const PER_CODE = 3;
const record_columns_NOT_SENT = 0;
const ON_NEW_CONNECTION = 1;
const ON_REUSED_CONNECTION = 2;
/** Packs records of requests that a schedule asked for. */
function packRecords(records) {
    const numbers = new Float64Array(records.length * WIDTH);
    const codes = [];
    let at = 0;
    for (const { id, sentAt, doneAt, outcome } of records) {
        numbers[at] = seqOf(id);
        numbers[at + 1] = sentAt;
        numbers[at + 2] = doneAt;
        numbers[at + 3] = numberOf(outcome, codes);
        at += WIDTH;
    }
    return { numbers, codes };
}
/** The records again, in their order. */
function unpackRecords({ numbers, codes }, schedule) {
    const records = [];
    for (let at = 0; at < numbers.length; at += WIDTH) {
        const number = (column) => numbers[at + column] ?? NaN;
        const { id, method, connection, path, delayMs, scheduledAt } = schedule.at(number(0));
        const outcome = record_columns_outcomeOf(number(3), codes);
        // Named one by one: to spread an object costs more than all the rest here.
        records.push({ id, method, connection, path, delayMs, scheduledAt, sentAt: number(1), doneAt: number(2), outcome });
    }
    return records;
}
function numberOf(outcome, codes) {
    switch (outcome.kind) {
        case 'answered':
            return outcome.status;
        case 'timeout':
            return record_columns_TIMEOUT;
        case 'abandoned':
            return ABANDONED;
        case 'not-sent':
            return codeNumber(outcome.code, codes) + record_columns_NOT_SENT;
        case 'transport':
            return codeNumber(outcome.code, codes) + (outcome.reusedConnection ? ON_REUSED_CONNECTION : ON_NEW_CONNECTION);
    }
}
function codeNumber(code, codes) {
    let index = codes.indexOf(code);
    if (index === -1)
        index = codes.push(code) - 1;
    return FIRST_CODE + index * PER_CODE;
}
function record_columns_outcomeOf(ended, codes) {
    if (ended === record_columns_TIMEOUT)
        return { kind: 'timeout' };
    if (ended === ABANDONED)
        return { kind: 'abandoned' };
    if (ended < FIRST_CODE)
        return answered(ended);
    const code = codes[Math.floor((ended - FIRST_CODE) / PER_CODE)] ?? 'UNKNOWN';
    const how = (ended - FIRST_CODE) % PER_CODE;
    return how === record_columns_NOT_SENT
        ? { kind: 'not-sent', code }
        : { kind: 'transport', code, reusedConnection: how === ON_REUSED_CONNECTION };
}
/** There are few, and many requests that ended so: one object stands for all of a status. */
const answers = new Map();
function answered(status) {
    const known = answers.get(status) ?? { kind: 'answered', status };
    answers.set(status, known);
    return known;
}

;// CONCATENATED MODULE: ./src/traffic/load-process.ts







/** Between the word that a load starts and its first request. */
const LEAD_MS = 20;
/** Requests that may wait at one time: below the usual hard limit of 65,536 ports and file handles, with room to spare. */
const MAX_OUTSTANDING = 20_000;
/** The monitor is a timer of this interval, which is part of what it measures. */
const DELAY_RESOLUTION_MS = 10;
/** Runs loads and reports on them, until nobody listens any more. */
function serve(report) {
    const loads = new Map();
    goFirst();
    process.on('message', (order) => {
        const { load, kind } = order;
        if (kind !== 'start') {
            loads.get(load)?.[kind]();
            return;
        }
        const generator = begin(order.plan, (news) => report({ ...news, load }));
        loads.set(load, generator);
        void generator.settled().then(() => loads.delete(load));
    });
    process.on('disconnect', () => process.exit());
    // A signal to a whole process group is for the one who gives the orders to act on.
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
        process.on(signal, () => undefined);
}
/** Sends a plan's traffic, until it is told to stop and nothing waits any more. */
function begin({ order, target, patienceMs }, report) {
    const loopDelay = (0,external_node_perf_hooks_namespaceObject.monitorEventLoopDelay)({ resolution: DELAY_RESOLUTION_MS });
    loopDelay.enable();
    const startedAt = systemClock.now() + LEAD_MS;
    const client = createClient({ ...target, patienceMs, clock: systemClock });
    const generator = startGenerator({
        schedule: createSchedule(order, startedAt),
        client,
        clock: systemClock,
        maxOutstanding: MAX_OUTSTANDING,
        onRecords: (records) => report({ kind: 'records', records: packRecords(records) }),
    });
    report({ kind: 'started', startedAt });
    void generator.settled().then((summary) => {
        loopDelay.disable();
        const loopDelayP99Ms = Math.max(0, loopDelay.percentile(99) / 1e6 - DELAY_RESOLUTION_MS);
        report({ kind: 'settled', summary: { ...summary, clientRetries: client.retries(), loopDelayP99Ms } });
        client.close();
    });
    return generator;
}
// The entry of a forked process.
// Without a callback, a message to a main process that is just going would end this one with an error of its own.
serve((message) => process.send?.(message, undefined, undefined, () => undefined));

module.exports = __webpack_exports__;
/******/ })()
;