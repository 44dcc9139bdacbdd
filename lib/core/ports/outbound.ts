import type { LookupFunction } from 'node:net';

export interface OutboundRequest {
  /** GET when absent. */
  method?: 'GET' | 'HEAD' | 'POST' | 'PUT';
  headers?: Record<string, string>;
  body?: string | Uint8Array;
  /** The call with its whole answer ends after this. */
  timeoutMs: number;
  /** An answer longer than this is broken off. */
  maxBytes: number;
  /** `follow` (GET and HEAD only): each target is judged like the first. `refuse`: a redirect is an error. */
  redirects: 'follow' | 'refuse';
}

export interface OutboundResponse {
  status: number;
  /** Names in lower case; of a header that came twice, the first. */
  headers: Record<string, string>;
  /** Where the answer came from in the end. */
  url: string;
  /**
   * The body as it was sent, never decompressed. Read it or call `discard`, or the connection stays taken.
   * @throws OutboundError `too-large`, `timeout`, `unreachable`
   */
  body: AsyncIterable<Uint8Array>;
  discard(): void;
}

/** The one way in which the gateway calls addresses that its callers name. */
export interface OutboundClient {
  /** Any HTTP status is an answer. @throws OutboundError */
  request(url: string, request: OutboundRequest): Promise<OutboundResponse>;
  /** A proxy as judged, and the `lookup` that connections to it must use. @throws OutboundError */
  proxy(url: string): { url: URL; lookup: LookupFunction };
  close(): Promise<void>;
}
