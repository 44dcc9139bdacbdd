// E-commerce: tells a customer how their order comes along, and sees whether they have read it.
import { call } from '../shared/client.mjs';

const { ORDER = '4711', PHONE = '+15550109001' } = process.env;
const steps = [
  ['confirmed', `Thank you! We have your order ${ORDER}.`],
  ['shipped', `Your order ${ORDER} is on its way: https://track.example.com/${ORDER}`],
];

for (const [step, message] of steps) {
  const body = { phone_number: PHONE, message };
  const { data } = await call('POST', '/api/public/v1/messages/send', body, `order-${ORDER}-${step}`);
  console.log(`${step}: ${await statusOf(data.message_id)}`);
}

/** `delivered` or `read` within half a minute, or what it is by then. A webhook on `message.failed` spares you this. */
async function statusOf(id) {
  for (const endMs = Date.now() + 30_000; ; ) {
    const { data } = await call('GET', `/api/public/v1/messages/${id}`);
    if (['delivered', 'read', 'failed'].includes(data.status) || Date.now() > endMs) return data.status;
    await new Promise((wake) => setTimeout(wake, 200));
  }
}
