import { once } from 'node:events';
import { expect } from 'vitest';
import { WebSocket } from 'ws';
import type { LiveFrame } from '../../functions/live/frames.ts';
import { faultsOfFrame } from './answer-check.ts';

// biome-ignore lint/suspicious/noExplicitAny: tests look into frames of every shape
export type AnyFrame = LiveFrame & { data: any };

/** A dashboard's end of `/ws/dashboard`: keeps what it is told and can wait for more. */
export class LiveClient {
  readonly socket: WebSocket;
  readonly frames: AnyFrame[] = [];
  /** What is wrong with them by the API document; closing says so. */
  readonly faults: string[] = [];
  readonly closed: Promise<number>;
  readonly #waiting = new Set<() => void>();

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('error', () => undefined);
    socket.on('message', (data) => {
      const frame = JSON.parse(String(data)) as AnyFrame;
      this.faults.push(...faultsOfFrame(frame));
      this.frames.push(frame);
      for (const look of [...this.#waiting]) look();
    });
    this.closed = once(socket, 'close').then(([code]) => code as number);
  }

  /** Open, and greeted. @throws Error that begins with the HTTP status when it was refused */
  static async open(
    url: string,
    query: Record<string, string> = {},
    options: { protocols?: string[]; headers?: Record<string, string>; autoPong?: boolean } = {},
  ): Promise<LiveClient> {
    const address = `${url.replace(/^http/, 'ws')}/ws/dashboard?${new URLSearchParams(query)}`;
    const { protocols = [], ...rest } = options;
    const socket = new WebSocket(address, protocols, rest);
    const client = new LiveClient(socket);
    await new Promise<void>((opened, failed) => {
      socket.once('open', opened);
      socket.once('error', failed);
      socket.once('unexpected-response', (_request, response) => {
        let body = '';
        response.on('data', (chunk) => {
          body += chunk;
        });
        response.on('end', () => failed(new Error(`${response.statusCode} ${body}`)));
      });
    });
    await client.sees(({ event }) => event === 'connected');
    return client;
  }

  /** The first frames that `accept` likes, once there are `count`. @throws Error after `withinMs` */
  async sees(accept: (frame: AnyFrame) => boolean, count = 1, withinMs = 45_000): Promise<AnyFrame[]> {
    const found = () => this.frames.filter(accept);
    if (found().length >= count) return found();
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(look);
        reject(new Error(`${found().length} of ${count}; seen: ${this.frames.map(({ event }) => event).join(', ')}`));
      }, withinMs);
      const look = () => {
        if (found().length < count) return;
        this.#waiting.delete(look);
        clearTimeout(timer);
        resolve(found());
      };
      this.#waiting.add(look);
    });
  }

  named(event: string): AnyFrame[] {
    return this.frames.filter((frame) => frame.event === event);
  }

  /** The cursor of the last frame. */
  get cursor(): string {
    return this.frames.at(-1)?.cursor as string;
  }

  async close(): Promise<void> {
    this.socket.close();
    await this.closed;
    expect(this.faults).toEqual([]);
  }
}
