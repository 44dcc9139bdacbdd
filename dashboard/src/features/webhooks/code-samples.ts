/** Languages in which a receiver is shown. */
export const SAMPLES = { node: 'Node.js', python: 'Python', php: 'PHP', go: 'Go', shell: 'curl' } as const;
export type Sample = keyof typeof SAMPLES;

/** A receiver that verifies what it gets (or, for a shell, a signed call of it), for this endpoint. Needs no library. */
export function codeFor(language: Sample, url: string): string {
  const { pathname } = new URL(url);
  return TEMPLATES[language].replaceAll('__URL__', url).replaceAll('__PATH__', pathname);
}

const TEMPLATES: Record<Sample, string> = {
  node: `import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';

const secret = process.env.WEBHOOK_SECRET; // whsec_…
const key = secret.startsWith('whsec_') ? Buffer.from(secret.slice(6), 'base64') : Buffer.from(secret);

function isOurs(headers, body) {
  const { 'webhook-id': id, 'webhook-timestamp': time, 'webhook-signature': signatures } = headers;
  if (Math.abs(Date.now() / 1000 - Number(time)) > 300) return false;
  const wanted = Buffer.from('v1,' + createHmac('sha256', key).update(\`\${id}.\${time}.\${body}\`).digest('base64'));
  return signatures.split(' ').some((one) => {
    const given = Buffer.from(one);
    return given.length === wanted.length && timingSafeEqual(given, wanted);
  });
}

// Answers at __URL__
createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = Buffer.concat(chunks).toString();
  if (request.url !== '__PATH__' || !isOurs(request.headers, body)) return response.writeHead(401).end();
  response.writeHead(204).end(); // answer first, work afterwards
  console.log(JSON.parse(body));
}).listen(8080);
`,
  python: `import base64, hashlib, hmac, json, os, time
from http.server import BaseHTTPRequestHandler, HTTPServer

SECRET = os.environ["WEBHOOK_SECRET"]  # whsec_...
KEY = base64.b64decode(SECRET[6:]) if SECRET.startswith("whsec_") else SECRET.encode()


def is_ours(headers, body: bytes) -> bool:
    stamp = headers["webhook-timestamp"]
    if abs(time.time() - int(stamp)) > 300:
        return False
    content = f"{headers['webhook-id']}.{stamp}.".encode() + body
    wanted = "v1," + base64.b64encode(hmac.new(KEY, content, hashlib.sha256).digest()).decode()
    return any(hmac.compare_digest(wanted, one) for one in headers["webhook-signature"].split(" "))


class Receiver(BaseHTTPRequestHandler):  # answers at __URL__
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        good = self.path == "__PATH__" and is_ours(self.headers, body)
        self.send_response(204 if good else 401)
        self.end_headers()
        if good:
            print(json.loads(body))


HTTPServer(("", 8080), Receiver).serve_forever()
`,
  php: `<?php // answers at __URL__
$secret = getenv('WEBHOOK_SECRET'); // whsec_...
$key = str_starts_with($secret, 'whsec_') ? base64_decode(substr($secret, 6)) : $secret;

$body = file_get_contents('php://input');
$id = $_SERVER['HTTP_WEBHOOK_ID'] ?? '';
$time = $_SERVER['HTTP_WEBHOOK_TIMESTAMP'] ?? '0';
$signatures = explode(' ', $_SERVER['HTTP_WEBHOOK_SIGNATURE'] ?? '');

$wanted = 'v1,' . base64_encode(hash_hmac('sha256', "$id.$time.$body", $key, true));
$isOurs = abs(time() - (int) $time) <= 300
    && array_filter($signatures, fn ($one) => hash_equals($wanted, $one)) !== [];

http_response_code($isOurs ? 204 : 401);
if ($isOurs) {
    $event = json_decode($body, true);
    error_log($event['type'] ?? $event['event']);
}
`,
  go: `package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

func key() []byte {
	secret := os.Getenv("WEBHOOK_SECRET") // whsec_...
	if rest, found := strings.CutPrefix(secret, "whsec_"); found {
		decoded, _ := base64.StdEncoding.DecodeString(rest)
		return decoded
	}
	return []byte(secret)
}

func isOurs(header http.Header, body []byte) bool {
	stamp := header.Get("webhook-timestamp")
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil || time.Since(time.Unix(seconds, 0)).Abs() > 5*time.Minute {
		return false
	}
	mac := hmac.New(sha256.New, key())
	fmt.Fprintf(mac, "%s.%s.%s", header.Get("webhook-id"), stamp, body)
	wanted := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	for _, one := range strings.Split(header.Get("webhook-signature"), " ") {
		if hmac.Equal([]byte(one), []byte(wanted)) {
			return true
		}
	}
	return false
}

// Answers at __URL__
func main() {
	http.HandleFunc("POST __PATH__", func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || !isOurs(r.Header, body) {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		w.WriteHeader(http.StatusNoContent) // answer first, work afterwards
		fmt.Println(string(body))
	})
	http.ListenAndServe(":8080", nil)
}
`,
  shell: `WEBHOOK_SECRET='whsec_…'
BODY='{"id":"evt_test","type":"webhook.test","data":{"message":"Hello from a shell"}}'
ID="evt_$(date +%s)"
TIME=$(date +%s)
KEY=$(printf %s "\${WEBHOOK_SECRET#whsec_}" | base64 -d | od -An -v -tx1 | tr -d ' \\n')
SIGNATURE=$(printf %s "$ID.$TIME.$BODY" | openssl dgst -sha256 -mac HMAC -macopt "hexkey:$KEY" -binary | base64)

curl -i -X POST '__URL__' \\
  -H 'content-type: application/json' \\
  -H "webhook-id: $ID" \\
  -H "webhook-timestamp: $TIME" \\
  -H "webhook-signature: v1,$SIGNATURE" \\
  --data "$BODY"
`,
};
