// Support: the first message opens a ticket, later ones are added to it, and `close` closes it.
import { call } from '../shared/client.mjs';
import { receive } from '../shared/receiver.mjs';

/** Stands in for your ticket system: the open ticket of a phone number. */
const open = new Map();
let last = 1000;

await receive(
  async (url) => {
    const { data } = await call('POST', '/api/public/v1/webhooks', { url, events: ['message.received'] });
    return data.secret;
  },
  async ({ data }) => {
    const { phone_number: phone, message, message_id: id } = data;
    const ticket = open.get(phone);
    if (!ticket) {
      last += 1;
      open.set(phone, { number: last, lines: [message] });
      console.log(`opened:   #${last}: ${message}`);
      return answer(phone, `Thank you, this is ticket #${last}. Write "close" when it is solved.`, id);
    }
    if (message?.trim().toLowerCase() === 'close') {
      open.delete(phone);
      console.log(`closed:   #${ticket.number} after ${ticket.lines.length} messages`);
      return answer(phone, `Ticket #${ticket.number} is closed.`, id);
    }
    ticket.lines.push(message);
    console.log(`added:    #${ticket.number}: ${message}`);
  },
);

/** Named by the message that it answers, so that a webhook that comes twice is answered once. */
async function answer(phone, message, id) {
  await call('POST', '/api/public/v1/messages/send', { phone_number: phone, message }, `answer-${id}`);
}
