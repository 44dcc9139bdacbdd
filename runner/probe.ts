/** Moments at which a runner may die without losing anything; the fault tests make it die there. */
export type ProbePoint =
  | 'claiming'
  | 'claimed'
  | 'encrypted'
  | 'frame-committed'
  | 'frame-sent'
  | 'acked'
  | 'finishing'
  | 'decrypting'
  | 'decrypted'
  | 'announcing';

/** Does nothing. A test process puts its own function here before the runner starts. */
export const probe: { at(point: ProbePoint): void } = { at: () => undefined };
