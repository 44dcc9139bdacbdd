import { readdirSync, readFileSync } from 'node:fs';

/** The value below which `share` of the sorted samples lie. */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** USER_HZ is 100 on every Linux. */
const MS_PER_TICK = 10;

export interface ProcessMemory {
  pid: number;
  name: string;
  rssMb: number;
}

/** Resident memory of a process and all its descendants, from /proc (Linux). */
export function processTree(rootPid: number): ProcessMemory[] {
  const parents = new Map<number, number>();
  const found = new Map<number, ProcessMemory>();
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      const status = readFileSync(`/proc/${entry}/status`, 'utf8');
      const field = (name: string) => new RegExp(`^${name}:\\s+(\\S+)`, 'm').exec(status)?.[1];
      const pid = Number(entry);
      parents.set(pid, Number(field('PPid')));
      found.set(pid, { pid, name: field('Name') ?? '?', rssMb: Number(field('VmRSS') ?? 0) / 1024 });
    } catch {
      // It ended while we looked.
    }
  }
  const belongs = (pid: number | undefined): boolean => {
    return pid !== undefined && pid > 1 && (pid === rootPid || belongs(parents.get(pid)));
  };
  return [...found.values()].filter(({ pid }) => belongs(pid));
}

/** Processor time that a process and its descendants have used, in ms: what other processes do does not count. */
export function cpuMs(rootPid: number): number {
  const ticks = processTree(rootPid).map(({ pid }) => {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return Number(fields[11]) + Number(fields[12]);
  });
  return ticks.reduce((sum, one) => sum + one, 0) * MS_PER_TICK;
}

export function totalMb(tree: readonly ProcessMemory[]): number {
  return tree.reduce((sum, { rssMb }) => sum + rssMb, 0);
}

/** One line of the report; `bar` is what the figure is held against, where there is one. */
export function report(what: string, value: string, bar = ''): void {
  console.log(`  ${what.padEnd(58)} ${value.padStart(16)}   ${bar}`);
}

/** Calls `work` every `everyMs` without waiting for the last call; resolves with all results. */
export async function paced<T>(count: number, everyMs: number, work: (index: number) => Promise<T>): Promise<T[]> {
  const startMs = performance.now();
  const running: Promise<T>[] = [];
  for (let index = 0; index < count; index += 1) {
    const waitMs = startMs + index * everyMs - performance.now();
    if (waitMs > 0) await new Promise((wake) => setTimeout(wake, waitMs));
    running.push(work(index));
  }
  return Promise.all(running);
}

/** Where a runner tells of itself, as its log says; undefined while it does not. */
export function runnerUrlIn(log: string): string | undefined {
  return /"url":"([^"]+)"[^\n]*"msg":"runner ready"/.exec(log)?.[1];
}
