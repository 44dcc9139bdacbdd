// From nothing to an answered WhatsApp message, with fetch and nothing else. See README.md.
const base = process.env.SWITCHBOARD_URL ?? 'http://127.0.0.1:3000';
const contact = process.env.CONTACT ?? '15550109001'; // in the test environment, numbers that end in 9001 answer

async function call(method, path, credential, body) {
  const response = await fetch(`${base}/api${path}`, {
    method,
    headers: {
      ...(credential && { authorization: `Bearer ${credential}` }),
      ...(body && { 'content-type': 'application/json' }),
    },
    ...(body && { body: JSON.stringify(body) }),
  });
  const answer = await response.json();
  // Errors have a code of their own; `meta.request_id` is what the operator finds in the logs.
  if (!response.ok)
    throw new Error(`${method} ${path}: ${answer.error}: ${answer.message} (${answer.meta?.request_id})`);
  return answer.data;
}

/** Asks again until the answer is there, for half a minute. Webhooks and the live socket spare you this. */
async function until(ask, isThere) {
  for (const endMs = Date.now() + 30_000; Date.now() < endMs; ) {
    const answer = await ask();
    if (isThere(answer)) return answer;
    await new Promise((wake) => setTimeout(wake, 100));
  }
  throw new Error('it took too long');
}

// 1. An account. Its access token is for management: instances, keys, webhooks.
const email = `first-${Date.now()}@example.com`;
const { token } = await call('POST', '/auth/register', undefined, {
  email,
  password: 'a-long-password',
  name: 'First',
});

// 2. An instance: one WhatsApp session. Leave `environment` away for a real phone.
const name = 'first-message';
await call('POST', '/instances', token, { name, environment: 'test' });

// 3. Its QR code. A real phone scans the picture; the simulated one is told to.
const { qrCode } = await call('GET', `/instances/${name}/qr`, token);
console.log(`QR code:  a PNG of ${qrCode.length} characters`);
await call('POST', `/test/instances/${name}/scan`, token, {});
const { phone } = await until(
  () => call('GET', `/instances/${name}/status`, token),
  ({ status }) => status === 'CONNECTED',
);
console.log(`linked:   ${phone}`);

// 4. An API key. It is shown once, and can do no more than it says.
const permissions = ['message:send', 'message:read'];
const { key } = await call('POST', `/instances/${name}/keys`, token, { name: 'example', permissions });

// 5. A message. 201 says that WhatsApp has taken it.
const sent = await call('POST', '/messages/text', key, { to: contact, text: 'Hello from the example' });
console.log(`sent:     ${sent.messageId} to ${sent.to}: ${sent.status}`);

// 6. The answer.
const { messages } = await until(
  () => call('GET', '/messages?direction=received', key),
  (answer) => answer.messages.length > 0,
);
console.log(`answer:   ${messages[0].text}`);
