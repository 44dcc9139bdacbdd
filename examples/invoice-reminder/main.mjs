// Accounting: reminds customers of invoices that are due, each invoice once a day however often this runs.
import { call } from '../shared/client.mjs';

const today = new Date().toISOString().slice(0, 10);
const invoices = JSON.parse(
  process.env.INVOICES ??
    `[{"number": "2024-117", "customer": "Ann", "phone": "+15550109001", "amount": "120.00 EUR", "due": "${today}"}]`,
);

for (const { number, customer, phone, amount, due } of invoices) {
  if (due > today) {
    console.log(`${number}: not due before ${due}`);
    continue;
  }
  const { data: checked } = await call('POST', '/api/public/v1/contacts/verify', { phone_number: phone });
  if (!checked.exists) {
    console.log(`${number}: ${phone} is not on WhatsApp: write a letter`);
    continue;
  }
  const message = `Dear ${customer}, invoice ${number} of ${amount} was due on ${due}. Thank you for paying it soon.`;
  const { data: sent } = await call(
    'POST',
    '/api/public/v1/messages/send',
    { phone_number: phone, message },
    `reminder-${number}-${today}`,
  );
  console.log(`${number}: ${sent.status} as ${sent.message_id}`);
}
