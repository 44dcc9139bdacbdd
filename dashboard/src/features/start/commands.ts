/** What stands for a key whose text nobody has any more. */
export const NO_KEY = 'YOUR_API_KEY';

export interface Sending {
  url: string;
  key: string;
  to: string;
  text: string;
}

/** The same request in the languages that people ask for. */
export const COMMANDS = {
  curl: ({ url, key, to, text }: Sending) => `curl ${url}/api/messages/text \\
  -H 'Authorization: Bearer ${key}' \\
  -H 'Content-Type: application/json' \\
  -d '${JSON.stringify({ to, text }).replaceAll("'", "'\\''")}'`,
  JavaScript: ({ url, key, to, text }: Sending) => `const response = await fetch('${url}/api/messages/text', {
  method: 'POST',
  headers: {
    'Authorization': 'Bearer ${key}',
    'Content-Type': 'application/json',
  },
  body: JSON.stringify(${JSON.stringify({ to, text })}),
});
console.log(await response.json());`,
  Python: ({ url, key, to, text }: Sending) => `import requests

response = requests.post(
    '${url}/api/messages/text',
    headers={'Authorization': 'Bearer ${key}'},
    json=${JSON.stringify({ to, text })},
)
print(response.json())`,
  PHP: ({ url, key, to, text }: Sending) => `<?php
$request = curl_init('${url}/api/messages/text');
curl_setopt_array($request, [
    CURLOPT_RETURNTRANSFER => true,
    CURLOPT_HTTPHEADER => ['Authorization: Bearer ${key}', 'Content-Type: application/json'],
    CURLOPT_POSTFIELDS => json_encode(['to' => ${quoted(to)}, 'text' => ${quoted(text)}]),
]);
echo curl_exec($request);`,
} as const;

export type CommandLanguage = keyof typeof COMMANDS;

/** A text of PHP in single quotes. */
function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
