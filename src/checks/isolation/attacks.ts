import { connect } from 'node:net';
import { createNetwork } from '../../cluster/cluster';
import type { Replica } from '../../cluster/cluster-types';
import { gatewayOf, LABELS, SUBNET_COUNT } from '../../cluster/topology';
import type { Probe } from '../evidence';
import { whyNot } from '../probe-evidence';
import type { ScenarioContext } from '../scenario';
import type { Attacker, Attempt } from './attacker';
import { attackPort, lastingAttempt, startAttacker } from './attacker';

/** Where the attack comes from: `id`, and the machine's own and the stranger's address, of a network beside the cluster's. */
interface Outside {
  readonly id: string;
  readonly gateway: string;
  readonly stranger: string;
}

/** Both attackers; one that did not start: why. */
interface Attackers {
  readonly guest: Attacker | string;
  readonly stranger: Attacker | string;
}

const CONNECT_MS = 2_000;

/**
 * Tries to get through, with two attackers: a guest in one replica's network namespace, and a stranger on another network,
 * such as an app of somebody else has on the same machine. Both are removed whatever comes of it.
 */
export async function attackIsolation(context: ScenarioContext): Promise<readonly Probe[]> {
  const { cluster, seed } = context;
  const host = cluster.replicas[seed % cluster.replicas.length];
  if (host === undefined) return [];
  const outside = await createOutside(context);
  try {
    const attackers = await startAttackers(host, outside, context);
    const answers = await Promise.all([
      askForNames(host, attackers.guest, context),
      askForWayOut(host, attackers),
      askForReplicas(attackers.stranger, context),
      askForNginx(outside, context),
    ]);
    return answers.flat();
  } finally {
    await removeAttackers(outside, context);
  }
}

async function createOutside({ cluster, engine, clock, signal, log }: ScenarioContext): Promise<Outside> {
  const { plan, name } = cluster;
  const hint = parseInt(plan.ownership.run.slice(0, 6), 16) + SUBNET_COUNT / 4;
  const { id, subnet } = await createNetwork(plan, name, 'outside', hint, { engine, clock, signal, log });
  return { id, gateway: gatewayOf(subnet), stranger: subnet.loadBalancerAddress };
}

/** By their labels, so that one whose start failed half way goes too. */
async function removeAttackers({ id }: Outside, { engine, cluster }: ScenarioContext): Promise<void> {
  const { containers } = await engine.listLabelled({
    [LABELS.run]: cluster.plan.ownership.run,
    [LABELS.cluster]: cluster.name,
    [LABELS.role]: 'attacker',
  });
  await Promise.all(containers.map((container) => engine.removeContainer(container.id)));
  await engine.removeNetwork(id);
}

async function startAttackers(host: Replica, outside: Outside, context: ScenarioContext): Promise<Attackers> {
  const { replicas, plan } = context.cluster;
  const port = attackPort(plan.appPort);
  const stranger = { host: outside.stranger, port };
  const [guest, other] = await Promise.allSettled([
    startAttacker(
      {
        name: 'guest',
        network: { sharedWith: host.containerId },
        address: host.address,
        targets: [
          stranger,
          { host: 'nginx', port: plan.nginxPort },
          ...othersThan(host, replicas).map((replica) => ({ host: replica.hostname, port: replica.port })),
        ],
      },
      context,
    ),
    startAttacker(
      {
        name: 'stranger',
        network: { id: outside.id, endpoint: { address: outside.stranger, aliases: [] } },
        address: outside.stranger,
        targets: [stranger, ...replicas.map((replica) => ({ host: replica.address, port: replica.port }))],
      },
      context,
    ),
  ]);
  context.signal.throwIfAborted();
  return {
    guest: guest.status === 'fulfilled' ? guest.value : whyNot(guest.reason),
    stranger: other.status === 'fulfilled' ? other.value : whyNot(other.reason),
  };
}

function othersThan(host: Replica, replicas: readonly Replica[]): readonly Replica[] {
  return replicas.filter((replica) => replica !== host);
}

/** From one replica: every other one and NGINX, by hostname. */
async function askForNames(
  host: Replica,
  guest: Attacker | string,
  { cluster }: ScenarioContext,
): Promise<readonly Probe[]> {
  const others = othersThan(host, cluster.replicas);
  const targets = [
    { subject: 'nginx', address: null },
    ...others.map(({ hostname, address, port }) => ({ subject: hostname, address: `${address}:${port}` })),
  ];
  return Promise.all(
    targets.map(async ({ subject, address }, index) => {
      const seen = await attempted(guest, index + 1);
      const claim = `${host.hostname} reaches it by its hostname`;
      if (seen.kind === 'connected' && address !== null && seen.address !== address) {
        const wrong = `the name led to ${seen.address} instead of ${address}`;
        return { id: 'hostname', subject, claim, seen: wrong, holds: false };
      }
      const holds = seen.kind === 'unknown' ? null : seen.kind === 'connected';
      return { id: 'hostname', subject, claim, seen: words(seen), holds };
    }),
  );
}

/** The stranger answers this machine, so that a guest who does not reach it is kept from it. */
async function askForWayOut(host: Replica, { guest, stranger }: Attackers): Promise<readonly Probe[]> {
  const seen: Attempt = typeof stranger === 'string' ? { kind: 'unknown', why: stranger } : await attempted(guest, 0);
  return [
    {
      id: 'fabric-closed',
      subject: 'fabric',
      claim: `${host.hostname} cannot reach a container on another network`,
      seen: words(seen),
      // An address needs no resolving, so that anything else is no answer to the question.
      holds: seen.kind === 'connected' ? false : seen.kind === 'refused' ? true : null,
    },
  ];
}

/** The stranger's attempts count only if it can connect at all, and each only if the replica does listen. */
async function askForReplicas(stranger: Attacker | string, context: ScenarioContext): Promise<readonly Probe[]> {
  const control = await attempted(stranger, 0);
  return Promise.all(
    context.cluster.replicas.map(async ({ hostname, address, port }, index) => {
      const { attempt: seen, lapses } = await lastingAttempt(() => attempted(stranger, index + 1), context);
      const isControlled = control.kind === 'connected' && (await opens(address, port)) === null;
      return {
        id: 'replica-hidden',
        subject: hostname,
        claim: 'a container on another network cannot reach it',
        seen:
          isControlled || seen.kind === 'connected'
            ? `${words(seen)}${lapses === 0 ? '' : '; before, it was reached for a moment, as happens while the engine makes a network'}`
            : 'nobody could reach it just then',
        holds: seen.kind === 'connected' ? false : isControlled && seen.kind === 'refused' ? true : null,
      };
    }),
  );
}

/** NGINX's port, at an address of this machine that is not 127.0.0.1: the one in the stranger's network. */
async function askForNginx({ gateway }: Outside, { cluster }: ScenarioContext): Promise<readonly Probe[]> {
  const { hostPort } = cluster.loadBalancer;
  const [away, home] = await Promise.all([opens(gateway, hostPort), opens('127.0.0.1', hostPort)]);
  return [
    {
      id: 'nginx-hidden',
      subject: 'nginx',
      claim: 'its port answers on 127.0.0.1 and on no other address of this machine',
      seen: `${gateway}:${hostPort} ${away === null ? 'answers' : `does not answer: ${away}`}`,
      holds: away === null ? false : home === null ? true : null,
    },
  ];
}

/** null: connected; else why not. */
function opens(host: string, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: CONNECT_MS });
    const end = (outcome: string | null): void => {
      socket.destroy();
      resolve(outcome);
    };
    socket.on('connect', () => end(null));
    socket.on('timeout', () => end('no answer'));
    socket.on('error', (error: NodeJS.ErrnoException) => end(error.code ?? error.message));
  });
}

function attempted(attacker: Attacker | string, index: number): Promise<Attempt> {
  return typeof attacker === 'string' ? Promise.resolve({ kind: 'unknown', why: attacker }) : attacker.attempt(index);
}

function words(attempt: Attempt): string {
  switch (attempt.kind) {
    case 'connected':
      return `connected to ${attempt.address}`;
    case 'refused':
      return 'no connection';
    case 'unresolved':
      return 'the name does not resolve';
    case 'unknown':
      return attempt.why;
  }
}
