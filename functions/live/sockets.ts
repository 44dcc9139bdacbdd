import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { GatewayError } from '../../lib/core/errors.ts';

export function headerOf(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
}

/** Answers a request to open a WebSocket that is not opened. */
export function refuse(socket: Duplex, { status, code, message }: GatewayError): void {
  const body = JSON.stringify({ success: false, error: code, message });
  const head = [
    `HTTP/1.1 ${status} ${code}`,
    'Connection: close',
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}
