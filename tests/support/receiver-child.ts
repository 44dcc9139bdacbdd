/**
 * A receiver of webhooks as a customer would write it, in a process of its own: Express, and the `standardwebhooks`
 * package to verify. `/hook/<name>` takes calls; `/control/<name>` says how it behaves and what it has seen.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { Webhook } from 'standardwebhooks';
import type { Hit, ReceiverBehaviour } from './receiver.ts';

interface Endpoint extends Required<ReceiverBehaviour> {
  hits: Hit[];
  open: number;
  held: (() => void)[];
  /** Ids that were answered well. */
  good: Set<string>;
  waiting: (() => void)[];
}

const endpoints = new Map<string, Endpoint>();
const endpointOf = (name: string): Endpoint => {
  const known = endpoints.get(name) ?? {
    ...{ secret: '', status: 200, hold: false, delayMs: 0 },
    ...{ hits: [], open: 0, held: [], good: new Set<string>(), waiting: [] },
  };
  endpoints.set(name, known);
  return known;
};

function verified(secret: string, body: string, headers: Record<string, string>): boolean {
  try {
    const receiver = secret.startsWith('whsec_') ? new Webhook(secret) : new Webhook(secret, { format: 'raw' });
    receiver.verify(body, headers);
    const plain = Buffer.from(`sha256=${createHmac('sha256', secret).update(body).digest('hex')}`);
    return timingSafeEqual(plain, Buffer.from(headers['x-webhook-signature'] ?? ''));
  } catch {
    return false;
  }
}

const app = express();

app.post('/hook/:name', express.text({ type: '*/*', limit: '5mb' }), async (request, response) => {
  const endpoint = endpointOf(request.params.name);
  const headers = request.headers as Record<string, string>;
  const { status } = endpoint;
  const id = headers['webhook-id'] ?? '';
  endpoint.open += 1;
  if (status < 300) endpoint.good.add(id);
  for (const wake of endpoint.waiting.splice(0)) wake();
  endpoint.hits.push({
    id,
    status,
    body: JSON.parse(request.body),
    verified: verified(endpoint.secret, request.body, headers),
    headers,
    atMs: Date.now(),
    open: endpoint.open,
  });
  if (endpoint.hold) await new Promise<void>((release) => endpoint.held.push(release));
  if (endpoint.delayMs > 0) await new Promise((answer) => setTimeout(answer, endpoint.delayMs));
  endpoint.open -= 1;
  response.status(status).send(status < 300 ? 'thank you' : 'no thank you');
});

app.put('/control/:name', express.json(), (request, response) => {
  const endpoint = endpointOf(request.params.name);
  Object.assign(endpoint, request.body);
  if (!endpoint.hold) for (const release of endpoint.held.splice(0)) release();
  response.json({});
});

app.get('/control/:name', (request, response) => {
  response.json(endpointOf(request.params.name).hits);
});

app.get('/control/:name/received', async (request, response) => {
  const endpoint = endpointOf(request.params.name);
  const ids = Number(request.query.ids);
  while (endpoint.good.size < ids) await new Promise<void>((wake) => endpoint.waiting.push(wake));
  response.json({ got: endpoint.good.size });
});

const server = app.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${JSON.stringify({ port: (server.address() as AddressInfo).port })}\n`);
});
