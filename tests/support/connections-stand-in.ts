import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * Stands in for the management API of an API Gateway WebSocket API: `POST` and `DELETE /@connections/:id`; a
 * connection that is not among `open` is gone (410).
 */
export interface ConnectionsStandIn {
  url: string;
  open: Set<string>;
  /** What each connection was sent, as JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into frames of every shape
  sent(id: string): any[];
  /** How often a connection was said to be gone. */
  refused(id: string): number;
  /** Answered instead of what would be, once. */
  failNext(status: number): void;
  close(): Promise<void>;
}

export async function startConnectionsStandIn(): Promise<ConnectionsStandIn> {
  const open = new Set<string>();
  const sent = new Map<string, unknown[]>();
  const refused = new Map<string, number>();
  let failure: number | undefined;
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const path = /^\/stage\/(?:@|%40)connections\/([^/?]+)/.exec(request.url ?? '');
    const id = decodeURIComponent(path?.[1] ?? '');
    const status = failure ?? (open.has(id) ? 200 : 410);
    failure = undefined;
    if (status === 410) {
      refused.set(id, (refused.get(id) ?? 0) + 1);
      response.setHeader('x-amzn-errortype', 'GoneException');
    }
    if (status === 413) response.setHeader('x-amzn-errortype', 'PayloadTooLargeException');
    if (status === 200 && request.method === 'DELETE') open.delete(id);
    if (status === 200 && request.method === 'POST') {
      sent.set(id, [...(sent.get(id) ?? []), JSON.parse(Buffer.concat(chunks).toString())]);
    }
    response.writeHead(status, { 'content-type': 'application/json' }).end('{}');
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/stage`,
    open,
    // biome-ignore lint/suspicious/noExplicitAny: as above
    sent: (id) => (sent.get(id) ?? []) as any[],
    refused: (id) => refused.get(id) ?? 0,
    failNext(status) {
      failure = status;
    },
    close: () =>
      new Promise<void>((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}
