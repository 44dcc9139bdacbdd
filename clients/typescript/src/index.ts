/**
 * The gateway's API, typed: `api` has a function for every operation of the API document. `ok` turns an answer that is
 * no success into an `HttpError`; without it the answer is a union by status.
 */

import type { RequestOpts } from '@oazapfts/runtime';

export { HttpError, handle, ok, optimistic } from '@oazapfts/runtime';
export * as api from './api.ts';

/**
 * Where and as whom to call: the last argument of every function.
 * @param url of the gateway, such as `https://gateway.example.com`
 * @param credential an access token or an API key; none for what is public
 */
export function connection(url: string, credential?: string, options: RequestOpts = {}): RequestOpts {
  const headers = new Headers(options.headers as HeadersInit | undefined);
  if (credential !== undefined) headers.set('authorization', `Bearer ${credential}`);
  return { ...options, baseUrl: url.replace(/\/+$/, ''), headers };
}
