// Receives webhooks: each one verified, answered at once, and worked on once.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';

/**
 * @param subscribe makes the webhook for this address; resolves with its secret
 * @param work is given the body of every call
 */
export async function receive(subscribe, work) {
  const seen = new Set(); // a real one remembers ids for a day, in its database
  let secret;
  const server = createServer(async (request, response) => {
    const body = await text(request);
    if (!isOurs(secret, request.headers['x-webhook-signature'], body)) return response.writeHead(401).end();
    response.writeHead(204).end();
    const id = request.headers['webhook-id'];
    if (seen.has(id)) return;
    seen.add(id);
    await work(JSON.parse(body)).catch((error) => console.error(`failed:   ${error.message}`));
  }).listen(Number(process.env.PORT ?? 0), '127.0.0.1');
  await once(server, 'listening');
  const address = process.env.PUBLIC_URL ?? `http://127.0.0.1:${server.address().port}/`;
  secret = await subscribe(address);
  console.log(`ready on ${address}`);
}

function isOurs(secret, signature, body) {
  const expected = Buffer.from(
    `sha256=${createHmac('sha256', secret ?? '')
      .update(body)
      .digest('hex')}`,
  );
  const said = Buffer.from(signature ?? '');
  return secret !== undefined && said.length === expected.length && timingSafeEqual(said, expected);
}
