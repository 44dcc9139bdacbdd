// Watches the sessions, and says when one is lost or comes back.
import { call } from '../shared/client.mjs';

const everyMs = Number(process.env.EVERY_MS ?? 60_000);
const before = new Map();

for (;;) {
  const { sessions } = await call('GET', '/api/sessions');
  const count = (is) => sessions.filter(is).length;
  for (const { id, name, connected } of sessions) {
    if (before.has(id) && before.get(id) !== connected) {
      console.log(`${connected ? 'back' : 'LOST'}: ${name}`); // here you would call somebody
    }
    before.set(id, connected);
  }
  const stats = `connected ${count((s) => s.connected)}, logged in ${count((s) => s.logged_in)}`;
  console.log(`${new Date().toISOString()} total ${sessions.length}, ${stats}`);
  await new Promise((wake) => setTimeout(wake, everyMs));
}
