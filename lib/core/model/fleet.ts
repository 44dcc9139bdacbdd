/** What decides how many runners there are to be. */
export interface FleetPlan {
  minRunners: number;
  maxRunners: number;
  /** Sessions that one runner carries well. */
  sessionsPerRunner: number;
}

/** Runners go only when the ones that stay would be this full at most, so that a fleet does not breathe in and out. */
const SHRINK_BELOW = 0.8;

/**
 * Runners for so many sessions: enough to carry them when one dies, within the plan's bounds. Fewer than now only when
 * there is room to spare, and one at a time, since each that goes moves its sessions.
 */
export function desiredRunners(sessions: number, now: number, plan: FleetPlan): number {
  const { minRunners, maxRunners, sessionsPerRunner } = plan;
  const bounded = (count: number) => Math.min(Math.max(count, minRunners), maxRunners);
  const needed = bounded(runnersFor(sessions, sessionsPerRunner));
  if (needed >= now) return needed;
  const roomy = bounded(runnersFor(sessions, sessionsPerRunner * SHRINK_BELOW));
  return Math.min(now, Math.max(roomy, bounded(now - 1)));
}

function runnersFor(sessions: number, each: number): number {
  const carriers = Math.ceil(sessions / each);
  return carriers === 0 ? 0 : carriers + 1;
}
