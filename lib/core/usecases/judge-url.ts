import { GatewayError } from '../errors.ts';
import { OutboundError, type OutboundPolicy } from '../model/outbound.ts';

/**
 * A caller's URL by `judgeUrl` or `judgeProxyUrl`, as it is written in full.
 * @param field of the request that it came in, for the error
 * @throws GatewayError VALIDATION_ERROR
 */
export function judgedUrl(
  field: string,
  judge: (url: string, policy: OutboundPolicy) => URL,
  url: string,
  policy: OutboundPolicy,
): string {
  try {
    return judge(url, policy).href;
  } catch (error) {
    if (!(error instanceof OutboundError)) throw error;
    const { message } = error;
    throw new GatewayError('VALIDATION_ERROR', `${field}: ${message}`, { details: [{ path: field, message }] });
  }
}
