import { createHash, timingSafeEqual } from 'node:crypto';
import { isIP } from 'node:net';
import { GatewayError } from '../lib/core/errors.ts';
import { EDGE_SECRET_HEADER, VIEWER_ADDRESS_HEADER } from '../lib/core/model/edge.ts';

type Header = (name: string) => string | undefined;

/** Whether a request came through CloudFront. */
export type EdgeCheck = (header: Header) => boolean;

export function edgeCheck(secret: string): EdgeCheck {
  const expected = digest(secret);
  return (header) => timingSafeEqual(digest(header(EDGE_SECRET_HEADER) ?? ''), expected);
}

/** Who called CloudFront. Means something only after the check. */
export function viewerAddress(header: Header): string | null {
  const address = header(VIEWER_ADDRESS_HEADER) ?? '';
  return isIP(address) === 0 ? null : address.toLowerCase();
}

export function wentAround(): GatewayError {
  return new GatewayError('PERMISSION_DENIED', 'Call the gateway by its public address.');
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
