/**
 * A static NGINX on 127.0.0.1 for as long as a bench lasts: the machine's own where there is one, else one in Docker on the
 * host's network, because Docker's proxy for published ports would be measured along.
 */
import { execFileSync, spawn } from 'node:child_process';
import { connect, createServer } from 'node:net';

/** NGINX's answer is some 200 bytes with its header. */
const CONF = (port) => `
worker_processes 1;
daemon off;
pid /tmp/lb-cluster-bench.pid;
error_log /dev/stderr error;
events { worker_connections 16384; }
http {
  access_log off;
  keepalive_requests 1000000;
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location / { default_type text/plain; return 200 "A static answer, as short as those of many services are.\\n"; }
  }
}`;

/**
 * @param core the processor that it may use; left out: any.
 * @returns {Promise<{port: number, what: string, stop: () => void}>}
 */
export async function startNginx(image, core) {
  const port = await freePort();
  const script = 'printf %s "$CONF" > /tmp/lb-cluster-bench.conf && exec nginx -c /tmp/lb-cluster-bench.conf';
  const local = has('nginx');
  const name = `lb-cluster-bench-${process.pid}`;
  const env = { ...process.env, CONF: CONF(port) };
  const own = core === undefined ? [] : ['taskset', '-c', String(core)];
  const cpus = core === undefined ? [] : ['--cpuset-cpus', String(core)];
  const docker = ['docker', 'run', '--rm', '--name', name, '--network', 'host', ...cpus, '-e', 'CONF', image];
  const [command, ...argv] = [...(local ? own : docker), 'sh', '-c', script];
  const child = spawn(command, argv, { env, stdio: ['ignore', 'ignore', 'inherit'] });
  const stop = () => (local ? child.kill('SIGQUIT') : execFileSync('docker', ['rm', '-f', name], { stdio: 'ignore' }));
  for (let tries = 0; tries < 100; tries += 1) {
    if (child.exitCode !== null) throw new Error('NGINX did not start');
    if (await listens(port)) return { port, what: local ? 'nginx' : image, stop };
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  stop();
  throw new Error('NGINX did not listen within 10 s');
}

/** Whether a command is installed. */
export function has(command) {
  try {
    execFileSync('sh', ['-c', 'command -v "$1"', 'sh', command], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

function listens(port) {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
