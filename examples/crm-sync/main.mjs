// CRM: whoever writes becomes a lead; conversations are kept with the customer's record.
import { call } from '../shared/client.mjs';
import { receive } from '../shared/receiver.mjs';

/** Stands in for your CRM: people by phone number. */
const crm = new Map();

/** Everybody the devices know already, page by page. */
for (let page = 1, more = true; more; page += 1) {
  const { data, pagination } = await call('GET', `/api/public/v1/contacts?page=${page}&limit=100`);
  for (const { phone_number: phone, name } of data) if (phone) crm.set(phone, { name, messages: [] });
  more = pagination.has_more;
}
console.log(`known:    ${crm.size}`);

await receive(
  async (url) => {
    const events = ['message.received', 'message.sent', 'contact.updated'];
    const { data } = await call('POST', '/api/public/v1/webhooks', { url, events, description: 'CRM' });
    return data.secret;
  },
  async ({ event, data }) => {
    const { phone_number: phone } = data;
    if (phone === null) return; // somebody whose number WhatsApp hides
    if (!crm.has(phone)) console.log(`lead:     ${phone}`);
    const person = crm.get(phone) ?? { name: null, messages: [] };
    crm.set(phone, person);
    if (event === 'contact.updated') person.name = data.name;
    if (event === 'message.received') {
      person.name ??= data.contact_name;
      person.messages.push(data.message);
      console.log(`message:  ${phone}: ${data.message}`);
    }
    if (event === 'message.sent') console.log(`sent:     ${phone}: ${data.message_id}`);
  },
);
