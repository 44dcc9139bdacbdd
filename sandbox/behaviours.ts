/** How a simulated contact behaves. */
export interface Behaviour {
  /** False: the number is not on WhatsApp; look-ups answer so. */
  readonly exists: boolean;
  /** False: its phone is off for ever; messages to it wait at the server and no delivery receipt comes. */
  readonly delivers: boolean;
  /** True: it reads what it gets after a moment, unless its account has linked devices (then a person decides). */
  readonly reads: boolean;
  /** True: it answers every text of a 1:1 chat with `Echo: <text>`. */
  readonly echoes: boolean;
  /** The error the server acknowledges messages to it with, instead of taking them. */
  readonly ackError?: number;
  /** True: it receipts messages without decrypting them (for load tests). */
  readonly sink: boolean;
}

const ORDINARY: Behaviour = { exists: true, delivers: true, reads: true, echoes: false, sink: false };

/** The behaviours by the last four digits of a number, as `README.md` documents them. */
export const BEHAVIOURS: ReadonlyMap<string, Behaviour> = new Map<string, Behaviour>([
  ['9001', { ...ORDINARY, echoes: true }],
  ['9002', { ...ORDINARY, delivers: false, reads: false }],
  ['9003', { ...ORDINARY, reads: false }],
  ['9004', { ...ORDINARY, exists: false }],
  ['9005', { ...ORDINARY, ackError: 463 }],
  ['9009', { ...ORDINARY, reads: false, sink: true }],
]);

/** The behaviour of a phone number (digits only). Numbers that no rule names behave ordinarily. */
export const behaviourOf = (number: string): Behaviour => BEHAVIOURS.get(number.slice(-4)) ?? ORDINARY;

/** Numbers are E.164 digits without the plus. */
export const isPhoneNumber = (text: string): boolean => /^[1-9]\d{6,14}$/.test(text);
