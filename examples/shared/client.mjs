// Calls the gateway, and throws what it refuses. `SWITCHBOARD_URL` and `SWITCHBOARD_KEY` say where and as whom.
const url = process.env.SWITCHBOARD_URL ?? 'http://127.0.0.1:3000';
const key = process.env.SWITCHBOARD_KEY;
if (!key) throw new Error('SWITCHBOARD_KEY must be set: an API key, or the token of a signed-in user');

/** @param once a name of your own for this write: repeated under it, it is done once */
export async function call(method, path, body, once) {
  const response = await fetch(url + path, {
    method,
    headers: {
      authorization: `Bearer ${key}`,
      ...(body && { 'content-type': 'application/json' }),
      ...(once && { 'idempotency-key': once }),
    },
    ...(body && { body: JSON.stringify(body) }),
  });
  const answer = await response.json();
  if (!response.ok) throw Object.assign(new Error(`${method} ${path}: ${answer.message}`), { status: response.status });
  return answer;
}
