/** `+` and the digits of a number. */
export function numberOf(digits: string): string;
export function numberOf(digits: string | null): string | null;
export function numberOf(digits: string | null): string | null {
  return digits === null ? null : `+${digits}`;
}
