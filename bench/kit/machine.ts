import { cpus, totalmem } from 'node:os';
import duckdb from '@duckdb/node-bindings';

export interface Machine {
  readonly cores: number;
  readonly cpu: string;
  readonly memoryGib: number;
  readonly node: string;
  readonly duckdb: string;
}

/** Names what a figure was measured on: without it a figure says nothing. */
export function thisMachine(): Machine {
  const all = cpus();
  return {
    cores: all.length,
    cpu: all[0]?.model.trim() ?? 'unknown',
    memoryGib: Math.round(totalmem() / 2 ** 30),
    node: process.versions.node,
    duckdb: duckdb.library_version(),
  };
}

export function inWords(machine: Machine): string {
  const { cores, cpu, memoryGib, node } = machine;
  return `${cores} cores of ${cpu}, ${memoryGib} GiB, Node ${node}, DuckDB ${machine.duckdb}`;
}
