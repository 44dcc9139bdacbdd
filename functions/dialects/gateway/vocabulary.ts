/** Document C's words for the state of a session. */
export const GATEWAY_STATUSES = ['connected', 'disconnected', 'connecting', 'qr'] as const;
export type GatewayStatus = (typeof GATEWAY_STATUSES)[number];

const WORDS: Record<string, GatewayStatus> = {
  CONNECTED: 'connected',
  CONNECTING: 'connecting',
  RECONNECTING: 'connecting',
  WAITING_FOR_SCAN: 'qr',
};

/** Whatever is not open, opening or waiting for a scan is `disconnected`; `detail` beside it says why. */
export function gatewayStatus(status: string): GatewayStatus {
  return WORDS[status] ?? 'disconnected';
}
