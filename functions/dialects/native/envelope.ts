import type { GatewayError } from '../../../lib/core/errors.ts';
import type { AnswerContext, Result, Route } from '../dialect.ts';
import { a1Fields } from './a1.ts';

/** Document A2's envelope, with document A1's names beside `data` where A1 shows the route. */
export function succeed(result: Result, route: Route, context: AnswerContext): object {
  return {
    success: true,
    ...a1Fields(`${route.method} ${route.path}`, result.data, context),
    data: result.data,
    meta: metaOf(context, result.pagination),
  };
}

export function fail(error: GatewayError, context: AnswerContext): object {
  return {
    success: false,
    error: error.code,
    message: error.message,
    ...(error.details === undefined ? {} : { details: error.details }),
    ...(error.retryAfterSeconds === undefined ? {} : { retryAfter: error.retryAfterSeconds }),
    ...(context.instanceName === undefined ? {} : { instanceName: context.instanceName }),
    meta: metaOf(context),
  };
}

function metaOf(context: AnswerContext, pagination?: object): object {
  return {
    request_id: context.requestId,
    ...(context.instanceName === undefined ? {} : { instanceName: context.instanceName }),
    ...(pagination === undefined ? {} : { pagination }),
  };
}
