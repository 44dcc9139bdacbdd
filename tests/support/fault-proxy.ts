import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, createServer as createTcpServer, type Server, type Socket } from 'node:net';

/** What goes wrong between a client and a service; `calls` narrows it to some operations, by name. */
export type Fault =
  /** The service answers with an error of its own (500). */
  | { kind: 'fail'; calls?: RegExp; every?: number }
  /** The service says that there are too many requests. */
  | { kind: 'throttle'; calls?: RegExp; every?: number }
  /** Requests arrive late. */
  | { kind: 'delay'; calls?: RegExp; every?: number; ms: number }
  /** Requests are carried out, and their answers are lost. */
  | { kind: 'drop-answer'; calls?: RegExp; every?: number };

/** A door to a service of AWS that can be made to fail. */
export interface FaultProxy {
  url: string;
  /** Replaces the faults in force; none: all goes well. */
  set(...faults: Fault[]): void;
  /** Requests that a fault has struck so far. */
  struck(): number;
  /** As a network that swallows everything: what is under way never ends, and nothing new gets through. */
  cut(): void;
  /** The network is back; what was swallowed stays lost. */
  restore(): void;
  close(): Promise<void>;
}

/** The wire's own shapes, of DynamoDB and SQS (both AWS JSON 1.0). */
const ERRORS = {
  dynamodb: {
    fail: [500, 'com.amazonaws.dynamodb.v20120810#InternalServerError', 'The request processing has failed.'],
    throttle: [
      400,
      'com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException',
      'The level of configured provisioned throughput for the table was exceeded.',
    ],
  },
  sqs: {
    fail: [500, 'com.amazonaws.sqs#InternalFailure', 'The request processing has failed.'],
    throttle: [400, 'com.amazonaws.sqs#RequestThrottled', 'The request was denied due to request throttling.'],
  },
} as const;

/** An HTTP proxy in front of a service that speaks AWS JSON. `target`: its endpoint. */
export async function startFaultProxy(target: string): Promise<FaultProxy> {
  const { hostname, port } = new URL(target);
  const agent = new Agent({ keepAlive: true });
  let faults: { fault: Fault; seen: number }[] = [];
  let struck = 0;
  let isCut = false;
  const swallowed = new Set<Socket>();

  /** The first fault that concerns the call and whose turn it is. */
  function strike(call: string): Fault | undefined {
    for (const each of faults) {
      if (each.fault.calls && !each.fault.calls.test(call)) continue;
      each.seen += 1;
      if (each.seen % (each.fault.every ?? 1) !== 0) continue;
      struck += 1;
      return each.fault;
    }
    return undefined;
  }

  async function answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await bodyOf(incoming);
    const [service = '', call = ''] = String(incoming.headers['x-amz-target'] ?? '').split('.');
    const swallow = () => void swallowed.add(incoming.socket);
    if (isCut) return swallow();
    const fault = strike(call);
    if (fault?.kind === 'fail' || fault?.kind === 'throttle') {
      const [status, type, message] = ERRORS[service.startsWith('DynamoDB') ? 'dynamodb' : 'sqs'][fault.kind];
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' });
      response.end(JSON.stringify({ __type: type, message }));
      return;
    }
    if (fault?.kind === 'delay') await new Promise((wake) => setTimeout(wake, fault.ms));
    const { method = 'POST', url: path, headers } = incoming;
    const outgoing = request({ hostname, port, agent, method, path, headers }, (answered) => {
      bodyOf(answered).then(
        (bytes) => {
          if (isCut) return swallow();
          if (fault?.kind === 'drop-answer') return void incoming.socket.destroy();
          response.writeHead(answered.statusCode ?? 502, answered.headers).end(bytes);
        },
        () => incoming.socket.destroy(),
      );
    });
    // A caller that gives up, on a long poll say, must not leave its call behind to take what comes.
    response.once('close', () => outgoing.destroy());
    outgoing.once('error', () => incoming.socket.destroy());
    outgoing.end(body);
  }

  const server = createServer((incoming, response) => {
    answer(incoming, response).catch(() => incoming.socket.destroy());
  });
  return {
    url: await listen(server),
    set(...next) {
      faults = next.map((fault) => ({ fault, seen: 0 }));
    },
    struck: () => struck,
    cut() {
      isCut = true;
    },
    restore() {
      isCut = false;
      for (const socket of swallowed) socket.destroy();
      swallowed.clear();
    },
    async close() {
      const closed = new Promise((done) => server.close(done));
      server.closeAllConnections();
      await closed;
      agent.destroy();
    },
  };
}

/** A TCP proxy in front of anything: here the network of WhatsApp. `target`: its HTTP address. */
export async function startTcpProxy(target: string): Promise<Pick<FaultProxy, 'url' | 'cut' | 'restore' | 'close'>> {
  const { hostname, port } = new URL(target);
  const pairs = new Set<[Socket, Socket]>();
  let isCut = false;
  const hold = ([near, far]: [Socket, Socket]) => {
    near.unpipe(far).pause();
    far.unpipe(near).pause();
  };
  const server = createTcpServer((near) => {
    const far = connect(Number(port), hostname);
    const pair: [Socket, Socket] = [near, far];
    pairs.add(pair);
    for (const socket of pair) {
      socket.on('error', () => undefined);
      socket.once('close', () => {
        pairs.delete(pair);
        near.destroy();
        far.destroy();
      });
    }
    near.pipe(far);
    far.pipe(near);
    if (isCut) hold(pair);
  });
  const destroyAll = () => {
    for (const [near, far] of pairs) {
      near.destroy();
      far.destroy();
    }
  };
  return {
    url: await listen(server),
    cut() {
      isCut = true;
      for (const pair of pairs) hold(pair);
    },
    restore() {
      isCut = false;
      // What was held back in between is lost, as on a network that resets.
      destroyAll();
    },
    async close() {
      const closed = new Promise((done) => server.close(done));
      destroyAll();
      await closed;
    },
  };
}

function listen(server: Server): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
  });
}

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}
