// A message to many, after it was asked which numbers are on WhatsApp at all. Of people who want to hear from you only.
import { call } from '../shared/client.mjs';

const { SESSION, NUMBERS = '15550109001,15550109004', TEXT = 'We open again on Monday.', RUN = '1' } = process.env;

const numbers = [];
for (const number of NUMBERS.split(',')) {
  const { on_whatsapp: isThere } = await call('POST', `/api/sessions/${SESSION}/check-number`, { number });
  console.log(`${number}: ${isThere ? 'on WhatsApp' : 'not on WhatsApp'}`);
  if (isThere) numbers.push(number);
}

let sent = 0;
for (const number of numbers) {
  const body = { recipient: number, message: TEXT };
  try {
    await call('POST', `/api/sessions/${SESSION}/send`, body, `bulk-${RUN}-${number}`);
    sent += 1;
  } catch (error) {
    console.log(`${number}: ${error.message}`);
  }
}
console.log(`sent to ${sent} of ${numbers.length}`);
// Thousands, with pauses, a template and a report: `POST /api/messages/bulk` does all this on the gateway's side.
