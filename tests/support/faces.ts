import { DIALECTS } from '../../functions/dialects/all.ts';
import type { Dialect, Route } from '../../functions/dialects/dialect.ts';
import { ERROR_CODES, type ErrorCode } from '../../lib/core/errors.ts';
import type { Answer } from './api-rig.ts';
import { nameOf } from './route-calls.ts';

export interface FaceRoute {
  name: string;
  row: Route;
  face: Dialect['name'];
}

/** Every row of every face. */
export const ROUTES: FaceRoute[] = DIALECTS.flatMap(({ name: face, routes }) =>
  routes.map((row) => ({ name: nameOf(row), row, face })),
);

/** The gateway's code of an error in the words of any face. */
export function codeOf({ body }: Answer): string | undefined {
  return body?.code ?? body?.error;
}

/** What is wrong with an error answer: its status, its code, or that it says more than an error does. */
export function faultsOfError(answer: Answer, code: ErrorCode): string[] {
  const { status } = ERROR_CODES[code];
  const said = [answer.status, codeOf(answer)];
  return JSON.stringify(said) === JSON.stringify([status, code])
    ? []
    : [`${said.join(' ')} instead of ${status} ${code}`];
}

/** The bytes of an answer without the id of its request. */
export function bytesOf(answer: Answer): string {
  return answer.text.replace(answer.body?.meta?.request_id ?? '\0', '');
}

/** What a row takes: a user's token, or an API key; of rows for both, the token. */
export function credentialFor<T>(row: Route, { user, key }: { user: T; key: T }): T | undefined {
  return row.credential === 'none' ? undefined : row.credential === 'key' ? key : user;
}
