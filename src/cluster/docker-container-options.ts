import type { ContainerCreateOptions, EndpointSettings, HostConfig } from 'dockerode';
import type { ContainerLimits, ContainerRequest, Endpoint } from './engine';
import { MACHINE_FOLDER } from './engine';

/**
 * The engine's own log of a container. A follower loses nothing as long as it is less than one whole file behind: a full file
 * is renamed, not cut. Two files of this size hold millions of requests' lines, and bound what a talkative app can fill.
 */
const LOG_CONFIG = { Type: 'json-file', Config: { 'max-size': '512m', 'max-file': '2' } };

/**
 * Who is bound goes first when memory runs out: before a process that stands in the same group to fill it, however small the app
 * is, and before the machine's own (proc(5), "oom_score_adj": as if it used half of what there is, besides what it uses). Containers
 * under Kubernetes have such a value too.
 */
const EXPENDABLE = 500;

/** The only writable place of a hardened container, in memory and counted as the container's memory. */
const HARDENED_TMPFS = { '/tmp': 'rw,noexec,nosuid,size=64m' };

/** What the engine is told about a new container (Engine API reference, "ContainerCreate"). */
export function containerOptions(request: ContainerRequest): ContainerCreateOptions {
  const { network, publish } = request;
  return {
    name: request.name,
    Image: request.image,
    Labels: { ...request.labels },
    Env: Object.entries(request.env).map(([key, value]) => `${key}=${value}`),
    ...(request.hostname === null ? {} : { Hostname: request.hostname }),
    ...commandOptions(request),
    ...(request.machineFolder === undefined ? {} : { User: '0' }),
    ...(publish === null ? {} : { ExposedPorts: { [`${publish.containerPort}/tcp`]: {} } }),
    // Nobody acts on the image's health check here, and each run of it would be one more process in the replica, and other work.
    Healthcheck: { Test: ['NONE'] },
    HostConfig: hostConfig(request),
    ...(network === 'none' || 'sharedWith' in network
      ? {}
      : { NetworkingConfig: { EndpointsConfig: { [network.id]: endpointSettings(network.endpoint) } } }),
  };
}

/** An empty ENTRYPOINT is the image's own for some engines: it has to be another one (moby, daemon/commit.go, `merge`). */
function commandOptions({ command, withoutEntrypoint }: ContainerRequest): ContainerCreateOptions {
  if (command === null) return {};
  if (withoutEntrypoint !== true) return { Cmd: [...command] };
  return { Entrypoint: command.slice(0, 1), Cmd: command.slice(1) };
}

/** An endpoint in a network: a fixed address, and names that the network's DNS knows it by. */
export function endpointSettings(endpoint: Endpoint): EndpointSettings {
  return { IPAMConfig: { IPv4Address: endpoint.address }, Aliases: [...endpoint.aliases] };
}

/** Limits as the engine takes them, at creation and afterwards; those not given stay as they are. */
export function limitOptions({ cpus, memoryBytes, pids }: Partial<ContainerLimits>): HostConfig {
  return {
    ...(cpus === undefined ? {} : processorTime(cpus)),
    // Memory and swap together: an equal value means no swap, which would turn a limit into a slowdown. Where the kernel
    // does not count swap the engine only warns.
    ...(memoryBytes === undefined ? {} : { Memory: memoryBytes, MemorySwap: memoryBytes }),
    ...(pids === undefined ? {} : { PidsLimit: pids }),
  };
}

/** The kernel's usual period and its bounds, in microseconds (Linux, Documentation/scheduler/sched-bwc.rst). */
const USUAL_PERIOD_US = 100_000;
const LONGEST_PERIOD_US = 1_000_000;
const LEAST_QUOTA_US = 1_000;

/**
 * So many processors, as a quota of each period. The engine's own short form, NanoCpus, knows the usual period alone, and so nothing below
 * a hundredth of a processor; a container made with it cannot be given another period later (moby, daemon/daemon_unix.go).
 */
function processorTime(cpus: number): Required<Pick<HostConfig, 'CpuPeriod' | 'CpuQuota'>> {
  const period = Math.min(LONGEST_PERIOD_US, Math.max(USUAL_PERIOD_US, Math.ceil(LEAST_QUOTA_US / cpus)));
  return { CpuPeriod: period, CpuQuota: Math.max(LEAST_QUOTA_US, Math.round(cpus * period)) };
}

function networkMode(network: ContainerRequest['network']): string {
  if (network === 'none') return 'none';
  return 'sharedWith' in network ? `container:${network.sharedWith}` : network.id;
}

function hostConfig(request: ContainerRequest): HostConfig {
  const { network, extraHosts, limits, cgroupParent, machineFolder, hardened, publish } = request;
  return {
    NetworkMode: networkMode(network),
    ExtraHosts: Object.entries(extraHosts).map(([hostname, address]) => `${hostname}:${address}`),
    LogConfig: LOG_CONFIG,
    // A replica that the engine brought back by itself would hide a crash; an init process would stand between a
    // signal and the app.
    RestartPolicy: { Name: 'no' },
    Init: false,
    ...(limits === null ? {} : { ...limitOptions(limits), OomScoreAdj: EXPENDABLE }),
    ...(cgroupParent === undefined ? {} : { CgroupParent: cgroupParent }),
    // Not by the short form, Binds, which makes a folder that is not there.
    ...(machineFolder === undefined
      ? {}
      : { Mounts: [{ Type: 'bind', Source: machineFolder, Target: MACHINE_FOLDER } as const] }),
    ...(hardened
      ? {
          ReadonlyRootfs: true,
          CapDrop: ['ALL'],
          SecurityOpt: ['no-new-privileges'],
          Tmpfs: HARDENED_TMPFS,
        }
      : {}),
    ...(publish === null
      ? {}
      : {
          PortBindings: {
            [`${publish.containerPort}/tcp`]: [
              // Never 0.0.0.0: the engine opens published ports past the machine's own firewall.
              { HostIp: '127.0.0.1', HostPort: publish.hostPort === 0 ? '' : String(publish.hostPort) },
            ],
          },
        }),
  };
}
