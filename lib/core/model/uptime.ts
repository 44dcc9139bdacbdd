/**
 * Connected times of an instance: moments in ms since epoch, by turns up and down, beginning with up. An odd number of
 * them means that it is up. Kept are the last 30 days, and of an instance that flaps the newest turns only.
 */
export type Connections = readonly number[];

export const UPTIME_WINDOW_MS = 30 * 86_400_000;
const MAX_TURNS = 256;

/** The record after a change at `atMs`; the same record when it is no change. */
export function recordConnection(connections: Connections, connected: boolean, atMs: number): Connections {
  const isUp = connections.length % 2 === 1;
  if (isUp === connected) return connections;
  // Clocks may step back between two runners: time in the record does not.
  const turns = [...connections, Math.max(atMs, connections.at(-1) ?? 0)];
  while (turns.length > MAX_TURNS || isOver(turns, atMs)) turns.splice(0, 2);
  return turns;
}

/** The first time up ended, and the next began, before the window: nobody asks for it any more. */
function isOver([, down, up]: readonly number[], nowMs: number): boolean {
  return down !== undefined && up !== undefined && up < nowMs - UPTIME_WINDOW_MS;
}

/**
 * Time connected, of how much time, both in ms: of the last 30 days, or since it was first up when that is later. null
 * before.
 */
export function uptimeOf(connections: Connections, nowMs: number): { upMs: number; ofMs: number } | null {
  const first = connections[0];
  if (first === undefined) return null;
  const fromMs = Math.max(first, nowMs - UPTIME_WINDOW_MS);
  let upMs = 0;
  for (let i = 0; i < connections.length; i += 2) {
    const start = Math.max(connections[i] as number, fromMs);
    const end = Math.min(connections[i + 1] ?? nowMs, nowMs);
    upMs += Math.max(0, end - start);
  }
  return { upMs, ofMs: Math.max(0, nowMs - fromMs) };
}
