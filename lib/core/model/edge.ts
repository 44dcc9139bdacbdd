/** What CloudFront adds to each request; the constructs and the functions take the names from here. */

/** Holds the secret that only the distribution knows. */
export const EDGE_SECRET_HEADER = 'x-switchboard-edge';

/** The address of the caller as CloudFront saw it; overwritten there, so it counts only beside the right secret. */
export const VIEWER_ADDRESS_HEADER = 'x-switchboard-viewer';

/** The path that a WebSocket was asked for: API Gateway takes connections at one path alone. */
export const VIEWER_PATH_HEADER = 'x-switchboard-path';
