import { useEffect, useSyncExternalStore } from 'react';
import type { LiveEventName, LiveFrame } from '../../../functions/live/frames.ts';
import { api } from '../api/client.ts';

export type LiveStatus = 'off' | 'connecting' | 'live' | 'waiting';
export type Frame = Omit<LiveFrame, 'data'> & { data: Record<string, unknown> };
type Listener = (frame: Frame) => void;

const FIRST_WAIT_MS = 500;
const MAX_WAIT_MS = 20_000;
/** A front end that has been silent for so long is asked whether it is there. */
const PING_MS = 25_000;

let status: LiveStatus = 'off';
let socket: WebSocket | undefined;
let cursor: string | undefined;
let retry: ReturnType<typeof setTimeout> | undefined;
let waitMs = FIRST_WAIT_MS;
const statusListeners = new Set<() => void>();
const listeners = new Set<Listener>();
/** Told twice after a reconnect: known by id and name. */
const seen = new Set<string>();
const MAX_SEEN = 500;

/** Keeps `/ws/dashboard` open until `stopLive`; after a break it resumes from where it was. */
export function startLive(): void {
  if (status !== 'off') return;
  addEventListener('online', reconnectNow);
  void open();
}

export function stopLive(): void {
  removeEventListener('online', reconnectNow);
  clearTimeout(retry);
  socket?.close();
  socket = undefined;
  cursor = undefined;
  seen.clear();
  set('off');
}

/** Hears every frame but pongs; the result ends that. */
export function onLive(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** A page that wants to hear of something as it happens. */
export function useLive(name: LiveEventName, listener: Listener): void {
  useEffect(() => onLive((frame) => frame.event === name && listener(frame)), [name, listener]);
}

export function useLiveStatus(): LiveStatus {
  return useSyncExternalStore(
    (listener) => {
      statusListeners.add(listener);
      return () => statusListeners.delete(listener);
    },
    () => status,
  );
}

async function open(): Promise<void> {
  set(cursor === undefined ? 'connecting' : 'waiting');
  try {
    const { ticket } = await api<{ ticket: string }>('POST', '/api/ws/ticket');
    if ((status as LiveStatus) === 'off') return;
    const query = new URLSearchParams({ ticket, follow: 'messages', ...(cursor && { cursor }) });
    const opened = new WebSocket(`${location.origin.replace(/^http/, 'ws')}/ws/dashboard?${query}`);
    socket = opened;
    const ping = setInterval(() => opened.readyState === WebSocket.OPEN && opened.send('{"type":"ping"}'), PING_MS);
    opened.onopen = () => opened.send('{"type":"start"}');
    opened.onmessage = ({ data }) => hear(JSON.parse(String(data)) as Frame);
    opened.onclose = () => {
      clearInterval(ping);
      if (socket === opened) again();
    };
  } catch {
    again();
  }
}

function hear(frame: Frame): void {
  cursor = frame.cursor;
  if (frame.event === 'pong') return;
  if (frame.event === 'connected') {
    waitMs = FIRST_WAIT_MS;
    set('live');
  }
  const key = frame.id && `${frame.id} ${frame.event}`;
  if (key) {
    if (seen.has(key)) return;
    if (seen.size >= MAX_SEEN) seen.clear();
    seen.add(key);
  }
  for (const listener of listeners) listener(frame);
}

function again(): void {
  if (status === 'off') return;
  socket = undefined;
  set('waiting');
  clearTimeout(retry);
  retry = setTimeout(() => void open(), waitMs * (0.75 + Math.random() / 2));
  waitMs = Math.min(waitMs * 2, MAX_WAIT_MS);
}

function reconnectNow(): void {
  if (status !== 'waiting' || socket) return;
  clearTimeout(retry);
  void open();
}

function set(next: LiveStatus): void {
  if (status === next) return;
  status = next;
  for (const listener of statusListeners) listener();
}
