/**
 * Does the text begin a word of one of the names, or the digits of the phone number? Names are compared without regard
 * to case or accents.
 */
export function nameMatcher(search: string): (names: readonly (string | null)[], phone: string | null) => boolean {
  const words = folded(search);
  const digits = /^[\d\s()+.-]+$/.test(search) ? search.replace(/\D/g, '') : '';
  return (names, phone) =>
    names.some((name) => name !== null && ` ${folded(name)}`.includes(` ${words}`)) ||
    (digits !== '' && phone !== null && phone.startsWith(digits));
}

function folded(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase().replace(/\s+/g, ' ').trim();
}
