import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

// biome-ignore lint/suspicious/noExplicitAny: requests and answers of every shape
type Json = any;

/** An error that the SDK is to see. */
export class StandInError extends Error {
  readonly code: string;

  constructor(code: string) {
    super(code);
    this.code = code;
  }
}

export interface JsonStandIn {
  url: string;
  close(): Promise<void>;
}

/** Stands in for a service of AWS that speaks its JSON protocol: an answer per operation, by its name. */
export async function startJsonStandIn(operations: Record<string, (input: Json) => Json>): Promise<JsonStandIn> {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const operation = String(request.headers['x-amz-target']).split('.').at(-1) as string;
    const [status, body] = answer(operation, chunks);
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body));
  });
  function answer(operation: string, chunks: Buffer[]): [number, Json] {
    try {
      const work = operations[operation];
      if (!work) throw new StandInError('UnknownOperationException');
      return [200, work(JSON.parse(Buffer.concat(chunks).toString())) ?? {}];
    } catch (error) {
      return [400, { __type: error instanceof StandInError ? error.code : 'InternalFailure', message: String(error) }];
    }
  }
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise<void>((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}
