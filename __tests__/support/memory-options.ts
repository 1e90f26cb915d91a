import type {
  ContainerProcess,
  Engine,
  EngineDescription,
  ExecResult,
  ImageDescription,
  LogLine,
} from '../../src/cluster/engine';
import type { MemoryContainer } from './memory-container';

/** What a container's command does: it writes this and ends, or (null) runs until it is stopped. */
export interface MemoryProgram {
  readonly output: readonly LogLine[];
  readonly exitCode: number | null;
}

/** What there is on the machine, and how commands behave; everything may be left out. */
export interface MemoryEngineOptions {
  readonly description?: Partial<EngineDescription>;
  /** Reference → image, already there. */
  readonly images?: Readonly<Record<string, MemoryImage>>;
  /** Reference → image that a registry has. */
  readonly registry?: Readonly<Record<string, MemoryImage>>;
  /** What a container does when it starts; unless given, it writes nothing and runs on. */
  readonly program?: (container: MemoryContainer) => MemoryProgram;
  /** What a command does inside a container; unless given, it ends with 0 and says nothing. */
  readonly exec?: (container: MemoryContainer, argv: readonly string[]) => ExecResult;
  /** Processes of a container that runs; unless given, its command alone. */
  readonly processes?: (container: MemoryContainer) => readonly ContainerProcess[];
  /** Host ports that another program holds. */
  readonly takenPorts?: Set<number>;
}

export type MemoryImage = Partial<ImageDescription> & {
  readonly labels?: Readonly<Record<string, string>>;
  /** Of its build. */
  readonly steps?: readonly string[];
  /** Path → content, in each of its containers. */
  readonly files?: Readonly<Record<string, string>>;
};

/** A verb as it was called. */
export interface MemoryCall {
  readonly verb: keyof Engine;
  readonly args: readonly unknown[];
}
