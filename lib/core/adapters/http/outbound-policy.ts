import type { Config } from '../../config.ts';
import type { OutboundPolicy } from '../../model/outbound.ts';

/** AWS Lambda's runtime API listens here. */
const LAMBDA_RUNTIME_PORT = 9001;

/** What the operator's settings allow; the gateway's own services on loopback are always out of reach. */
export function outboundPolicy(
  config: Pick<
    Config,
    'outboundAllowHttp' | 'outboundAllowLoopback' | 'outboundPorts' | 'dynamoEndpoint' | 'sqsEndpoint' | 'sandboxUrl'
  >,
): OutboundPolicy {
  const own = [config.dynamoEndpoint, config.sqsEndpoint, config.sandboxUrl].flatMap((endpoint) =>
    endpoint === undefined ? [] : [portOf(new URL(endpoint))],
  );
  return {
    allowHttp: config.outboundAllowHttp,
    allowLoopback: config.outboundAllowLoopback,
    ports: config.outboundPorts,
    platformPorts: [LAMBDA_RUNTIME_PORT, ...own],
  };
}

function portOf(url: URL): number {
  return url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
}
