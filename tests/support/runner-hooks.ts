/**
 * Loaded before a runner under test (`node --import`), so that its parent can make it die at a named moment, or move
 * its clock. The parent sends `RunnerOrder`s over the channel between them.
 */
import { type ProbePoint, probe } from '../../runner/probe.ts';

export type RunnerOrder =
  /** SIGKILL to itself, at the last of these moments, after the others have passed in this order. */
  { killAt: ProbePoint[] } | { clockOffsetMs: number };

let left: ProbePoint[] = [];
let clockOffsetMs = 0;

probe.at = (point) => {
  if (left[0] !== point) return;
  left.shift();
  if (left.length === 0) process.kill(process.pid, 'SIGKILL');
};

const RealDate = Date;
const now = () => RealDate.now() + clockOffsetMs;
globalThis.Date = new Proxy(RealDate, {
  construct: (target, values: [], newTarget) =>
    Reflect.construct(target, values.length === 0 ? [now()] : values, newTarget) as object,
  apply: () => new RealDate(now()).toString(),
  get: (target, name, receiver) => (name === 'now' ? now : Reflect.get(target, name, receiver)),
});

process.on('message', (order: RunnerOrder) => {
  if ('killAt' in order) left = [...order.killAt];
  else clockOffsetMs = order.clockOffsetMs;
});
