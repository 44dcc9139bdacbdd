/**
 * The errors a caller may see. One class, one table: a code decides the HTTP status, whether trying again can help,
 * and the default sentence. The first block are document A2's standard codes; the rest are ours.
 */
export const ERROR_CODES = {
  VALIDATION_ERROR: { status: 400, retryable: false, title: 'The request is not valid.' },
  AUTHENTICATION_ERROR: { status: 401, retryable: false, title: 'Authentication is required or has failed.' },
  PERMISSION_DENIED: { status: 403, retryable: false, title: 'These credentials do not permit this.' },
  RESOURCE_NOT_FOUND: { status: 404, retryable: false, title: 'There is no such resource.' },
  RATE_LIMIT_EXCEEDED: { status: 429, retryable: true, title: 'Too many requests.' },
  INSTANCE_NOT_CONNECTED: { status: 409, retryable: true, title: 'The instance is not linked to WhatsApp.' },
  INSTANCE_LIMIT_REACHED: {
    status: 403,
    retryable: false,
    title: 'The subscription has no room for another instance.',
  },
  INVALID_PHONE_NUMBER: { status: 400, retryable: false, title: 'This cannot be a phone number or WhatsApp address.' },
  MESSAGE_SEND_FAILED: { status: 422, retryable: false, title: 'WhatsApp did not take the message.' },
  WEBHOOK_DELIVERY_FAILED: { status: 502, retryable: true, title: 'The webhook call failed.' },

  RESOURCE_ALREADY_EXISTS: { status: 409, retryable: false, title: 'A resource of this name exists already.' },
  INVALID_STATE: { status: 409, retryable: false, title: 'This is not possible in the present state.' },
  IDEMPOTENCY_KEY_REUSED: {
    status: 422,
    retryable: false,
    title: 'This Idempotency-Key was used before with another request.',
  },
  IDEMPOTENCY_IN_PROGRESS: {
    status: 409,
    retryable: true,
    title: 'A request with this Idempotency-Key is still running.',
  },
  REGISTRATION_CLOSED: { status: 403, retryable: false, title: 'Registration is closed on this gateway.' },
  METHOD_NOT_ALLOWED: { status: 405, retryable: false, title: 'This path does not take this method.' },
  PAYLOAD_TOO_LARGE: { status: 413, retryable: false, title: 'The request body is too large.' },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, retryable: false, title: 'The body must be application/json.' },
  NOT_IMPLEMENTED: { status: 501, retryable: false, title: 'This is not available here.' },
  SERVICE_UNAVAILABLE: { status: 503, retryable: true, title: 'The service cannot answer right now.' },
  COMMAND_TIMEOUT: { status: 504, retryable: true, title: 'The session did not answer in time.' },
  INTERNAL_ERROR: { status: 500, retryable: true, title: 'Something went wrong on our side.' },
} as const satisfies Record<string, { status: number; retryable: boolean; title: string }>;

export type ErrorCode = keyof typeof ERROR_CODES;

/** True when `value` is one of the codes of the table (for codes read back from a row). */
export function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === 'string' && Object.hasOwn(ERROR_CODES, value);
}

/** An error that reaches the caller with its code, message and details. Everything else is answered as INTERNAL_ERROR. */
export class GatewayError extends Error {
  readonly code: ErrorCode;
  readonly details: unknown;
  /** Seconds after which a retry may work; becomes `Retry-After`. */
  readonly retryAfterSeconds: number | undefined;
  /** The permission that an API key lacks; faces may say it in their own words. */
  readonly permission: string | undefined;

  constructor(
    code: ErrorCode,
    message?: string,
    options: { details?: unknown; retryAfterSeconds?: number; permission?: string } = {},
  ) {
    super(message ?? ERROR_CODES[code].title);
    this.name = 'GatewayError';
    this.code = code;
    this.details = options.details;
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.permission = options.permission;
  }

  get status(): number {
    return ERROR_CODES[this.code].status;
  }
}

/** "Not yours" and "not there" are the same answer, byte for byte: this is the only place that makes it. */
export function notFound(kind: string): GatewayError {
  return new GatewayError('RESOURCE_NOT_FOUND', `There is no such ${kind}.`);
}
