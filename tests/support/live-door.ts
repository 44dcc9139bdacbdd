import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { LiveServer, type LiveServerOptions } from '../../functions/live/server.ts';
import { settleEvents } from '../../lib/core/usecases/settle-events.ts';
import type { ApiRig } from './api-rig.ts';

/** A live server on a port of its own beside an API rig, and what is told through it. */
export class LiveDoor {
  readonly url: string;
  readonly live: LiveServer;
  readonly #rig: ApiRig;
  readonly #server: Server;

  private constructor(rig: ApiRig, live: LiveServer, server: Server) {
    this.#rig = rig;
    this.live = live;
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  static async open(rig: ApiRig, options: Partial<LiveServerOptions> = {}): Promise<LiveDoor> {
    const live = new LiveServer({ ports: rig.ports, log: rig.ports.log, ...options });
    const server = createServer().on('upgrade', live.handleUpgrade);
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    return new LiveDoor(rig, live, server);
  }

  /** Something happens to an instance and is told, as the events worker does it. */
  async happens(tenantId: string, instanceId: string, status: string): Promise<void> {
    const data = { status, phone: null, reason: null };
    const event = { type: 'instance.connecting', instanceId, timestampMs: Date.now(), data } as const;
    await this.#rig.runner.write(tenantId, instanceId, [{ kind: 'event', event }]);
    await this.settle(tenantId, instanceId);
  }

  async settle(tenantId: string, instanceId: string): Promise<void> {
    await settleEvents({ ...this.#rig.adapters, subscribers: [this.live.subscriber] }, { tenantId, instanceId });
  }

  readonly close = async (): Promise<void> => {
    await this.live.close();
    await new Promise((closed) => this.#server.close(closed));
  };
}
