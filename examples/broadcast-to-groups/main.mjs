// A message to the groups that this session is in, or to those that it administers (ADMIN_ONLY=true).
import { call } from '../shared/client.mjs';

const { SESSION, TEXT = 'The meeting is at ten.', ADMIN_ONLY = 'false', RUN = '1' } = process.env;

const { groups } = await call('GET', `/api/sessions/${SESSION}/groups`);
const chosen = ADMIN_ONLY === 'true' ? groups.filter((group) => group.is_admin || group.is_super_admin) : groups;
for (const { jid, name, participant_count: size } of chosen) {
  await call('POST', `/api/sessions/${SESSION}/send`, { recipient: jid, message: TEXT }, `broadcast-${RUN}-${jid}`);
  console.log(`${name}: sent to ${size - 1} people`);
}
console.log(`${chosen.length} of ${groups.length} groups`);
