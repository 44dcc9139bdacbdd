/** RFC 2426; `waid` makes the card a chat of WhatsApp. */
export function vcardOf({
  name,
  phone,
  organization,
}: {
  name: string;
  phone: string;
  organization?: string | undefined;
}): string {
  const text = escaped(name);
  const lines = ['VERSION:3.0', `FN:${text}`, `N:;${text};;;`];
  if (organization) lines.push(`ORG:${escaped(organization)};`);
  lines.push(`TEL;type=CELL;type=VOICE;waid=${phone}:+${phone}`);
  return ['BEGIN:VCARD', ...lines, 'END:VCARD'].join('\n');
}

function escaped(text: string): string {
  return text.replace(/[\\,;]/g, '\\$&').replace(/[\r\n]+/g, ' ');
}
