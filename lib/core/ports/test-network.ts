/** The person with the simulated phone: what test helpers can make the sandbox do. Live instances never get here. */
export interface TestNetwork {
  /** Scans a QR with the phone of that number (a new one when absent). @throws GatewayError INVALID_STATE */
  scan(qr: string, phone?: string): Promise<{ phone: string }>;
  /** Types a pairing code into the phone. */
  enterPairingCode(phone: string, code: string): Promise<{ phone: string }>;
  /** `from` writes to the account of `to`. Returns the WhatsApp message id. */
  incoming(to: string, from: string, text: string): Promise<{ id: string }>;
  /** Closes the linked connections of the account with a WhatsApp status code. */
  disconnect(phone: string, code: number): Promise<void>;
}
