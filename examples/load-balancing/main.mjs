// Spreads messages over all sessions that are connected, and goes on with the others when one fails.
import { call } from '../shared/client.mjs';

const { NUMBERS = '15550109001', TEXT = 'Hello!', RUN = '1' } = process.env;

const { sessions } = await call('GET', '/api/sessions');
const phones = sessions.filter(({ connected }) => connected).map(({ phone }) => phone);
if (phones.length === 0) throw new Error('no session is connected');

let next = 0;
for (const number of NUMBERS.split(',')) {
  for (let tries = 0; tries < phones.length; tries += 1) {
    const phone = phones[next % phones.length];
    next += 1;
    try {
      await call(
        'POST',
        '/api/send',
        { phone, recipient: number, message: TEXT },
        `balanced-${RUN}-${phone}-${number}`,
      );
      console.log(`${number}: by ${phone}`);
      break;
    } catch (error) {
      // 409: it has lost its phone since. Anything else would fail with the others too.
      if (error.status !== 409) throw error;
    }
  }
}
