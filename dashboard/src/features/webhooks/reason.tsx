import { useTranslation } from 'react-i18next';
import type { Attempt } from '../../api/types.ts';

/** What an attempt failed of. Names of `locales` under `reasons` and `cures`. */
export type Reason =
  | 'timeout'
  | 'noAddress'
  | 'unreachable'
  | 'redirect'
  | 'inactive'
  | 'eventGone'
  | 'secret'
  | 'auth'
  | 'notFound'
  | 'gone'
  | 'tooLarge'
  | 'tooMany'
  | 'method'
  | 'refused'
  | 'server'
  | 'other';

const OF_STATUS: Record<number, Reason> = {
  401: 'auth',
  403: 'auth',
  404: 'notFound',
  405: 'method',
  410: 'gone',
  413: 'tooLarge',
  429: 'tooMany',
};

/** What the API says where there was no answer, by the words that matter. */
const OF_ERROR: readonly (readonly [RegExp, Reason])[] = [
  [/not answer in time/, 'timeout'],
  [/no address/, 'noAddress'],
  [/could not be reached/, 'unreachable'],
  [/redirects/, 'redirect'],
  [/not active/, 'inactive'],
  [/event is no longer/, 'eventGone'],
  [/secret can no longer/, 'secret'],
];

/** Why it failed; undefined when it did not. */
export function reasonOf({ status, error }: { status: number | null; error: string | null }): Reason | undefined {
  if (error === null) return undefined;
  if (status === null) return OF_ERROR.find(([words]) => words.test(error))?.[1] ?? 'other';
  if (status >= 500) return 'server';
  return OF_STATUS[status] ?? (status >= 400 ? 'refused' : 'redirect');
}

/** Of a delivery: the last call of it, or why there was none. */
export function lastFault({ error, attempts }: { error: string | null; attempts: readonly Attempt[] }) {
  const last = attempts.at(-1);
  return { status: last && last.error === error ? last.status : null, error };
}

/** Why it failed in a sentence, and what to do about it in another one. */
export function Why({ status, error }: { status: number | null; error: string | null }) {
  const { t } = useTranslation('webhooks');
  const reason = reasonOf({ status, error });
  if (!reason) return null;
  return (
    <>
      <p>
        <strong>{reason === 'other' ? error : t(`reasons.${reason}`, { status: status ?? 0 })}</strong>
      </p>
      <p>{t(`cures.${reason}`)}</p>
    </>
  );
}
