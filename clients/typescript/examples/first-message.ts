/** Register, link a test instance, send a message, and verify the webhook that brings the answer. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { api, connection, HttpError, ok } from 'switchboard-client';
import { isSignedBody, verifyWebhook } from 'switchboard-client/webhooks';

const url = process.env.SWITCHBOARD_URL ?? 'http://127.0.0.1:3000';
const contact = process.env.CONTACT ?? '15550109001'; // in the test environment, numbers that end in 9001 answer

// 1. An account, and an instance of the test environment, linked.
const open = connection(url);
const email = `typed-${Date.now()}@example.com`;
const registered = await ok(api.postAuthRegister({ email, password: 'a-long-password', name: 'Typed' }, {}, open));
const user = connection(url, registered.data.token);
const name = 'typed';
await ok(api.postInstances({ name, environment: 'test' }, {}, user));
await ok(api.getInstancesByNameQr(name, user));
await ok(api.postTestInstancesByNameScan(name, {}, {}, user));
for (let tries = 0; tries < 600; tries += 1) {
  const { data } = await ok(api.getInstancesByNameStatus(name, user));
  if (data.status === 'CONNECTED') break;
  await new Promise((wake) => setTimeout(wake, 100));
}

// 2. A receiver of webhooks. The body must be verified as it came.
interface Received {
  type: string;
  data: { text: string };
}
let secret = '';
const receiver = createServer(async (request, response) => {
  const body = await text(request);
  try {
    const event = verifyWebhook<Received>(secret, request.headers, body);
    response.writeHead(204).end();
    receiver.emit('event', event, isSignedBody(secret, request.headers, body));
  } catch {
    response.writeHead(401).end();
  }
}).listen(0, '127.0.0.1');
await once(receiver, 'listening');
const { port } = receiver.address() as AddressInfo;
const webhook = await ok(
  api.postWebhooks({ url: `http://127.0.0.1:${port}/`, events: ['message.received'], instanceName: name }, {}, user),
);
secret = webhook.data.secret as string;
const answered = once(receiver, 'event');

// 3. A message, by a key that can do no more than this.
const made = await ok(api.postInstancesByNameKeys(name, { name: 'typed', permissions: ['message:send'] }, {}, user));
const key = connection(url, made.data.key);
const sent = await ok(api.postMessagesText({ to: contact, text: 'Hello, typed' }, { idempotencyKey: email }, key));
console.log(`sent:     ${sent.data.messageId} ${sent.data.status}`);

// 4. The answer, and an error.
const [event, isSigned] = (await answered) as [Received, boolean];
console.log(`webhook:  ${event.type}: ${event.data.text} (${isSigned ? 'signed' : 'not signed'})`);
const forged = await fetch(`http://127.0.0.1:${port}/`, {
  method: 'POST',
  headers: { 'webhook-id': 'evt_1', 'webhook-timestamp': '1', 'webhook-signature': 'v1,AAAA' },
  body: JSON.stringify(event),
});
console.log(`forged:   ${forged.status}`);
try {
  await ok(api.postMessagesText({ to: 'nobody', text: 'x' }, {}, key));
} catch (error) {
  if (!(error instanceof HttpError)) throw error;
  console.log(`error:    ${error.status} ${error.data.error}`);
}
receiver.close();
