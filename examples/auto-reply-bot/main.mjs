// A bot: answers what it knows, quoting the question, and shows that it types meanwhile.
import { call } from '../shared/client.mjs';
import { receive } from '../shared/receiver.mjs';

const { SESSION } = process.env;
const answers = [
  [/\b(open|hours)\b/i, 'We are open from 9 to 17, Monday to Friday.'],
  [/\b(price|cost)s?\b/i, 'Our prices are on https://example.com/prices.'],
  [/\b(hello|hi)\b/i, 'Hello! Ask me about our hours or prices.'],
];

await receive(
  async (url) => {
    // The address of a session's webhook can be changed, but its secret is shown only when one is made.
    await call('DELETE', `/api/sessions/${SESSION}/webhook`);
    const { webhook_secret: secret } = await call('PUT', `/api/sessions/${SESSION}/webhook`, { webhook_url: url });
    return secret;
  },
  async ({ id, from, is_group: isGroup, message }) => {
    const said = message.message ?? '';
    const [, answer] = answers.find(([question]) => question.test(said)) ?? [];
    console.log(`${isGroup ? 'group' : 'person'}:   ${said}`);
    if (isGroup || !answer) return;
    await call('POST', `/api/sessions/${SESSION}/typing`, { to: from });
    const reply = { to: from, message: answer, quoted_message_id: id };
    await call('POST', `/api/sessions/${SESSION}/reply`, reply, `reply-${id}`);
  },
);
