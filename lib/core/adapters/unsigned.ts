/** The SDK wants credentials even where nobody looks at them. */
export const LOCAL_CREDENTIALS = { accessKeyId: 'local', secretAccessKey: 'local' };

/**
 * Signs nothing: the embedded services want a signature and look at no more of it than the region, by which they keep the
 * queues of clients that sign apart. Making one is a tenth of a call.
 */
export function unsigned(region: string) {
  const scope = `Credential=local/20000101/${region}/local/aws4_request`;
  const headers = {
    'x-amz-date': '20000101T000000Z',
    authorization: `AWS4-HMAC-SHA256 ${scope}, SignedHeaders=host, Signature=0`,
  };
  return {
    async sign<T extends { headers: Record<string, string> }>(request: T): Promise<T> {
      Object.assign(request.headers, headers);
      return request;
    },
  };
}
