import { useTranslation } from 'react-i18next';
import { ApiError } from '../api/client.ts';

/** Turns what was thrown into a sentence: by its code where there is one in this language, else as the API says it. */
export function useErrorText(): (error: unknown) => string {
  const { t, i18n } = useTranslation('ui');
  return (error) => {
    if (!(error instanceof ApiError)) return t('errors.INTERNAL_ERROR');
    if (error.code === 'RATE_LIMIT_EXCEEDED' && error.retryAfterSeconds !== undefined) {
      return t('errors.RATE_LIMIT_EXCEEDED', { seconds: error.retryAfterSeconds });
    }
    const key = `errors.${error.code}`;
    return i18n.exists(key, { ns: 'ui' }) ? t(key as 'errors.INTERNAL_ERROR') : error.message;
  };
}

/** What a validation error says of each field of the body: `settings.messageDelay` → its message. */
export function faultsOf(error: unknown): Map<string, string> {
  if (!(error instanceof ApiError) || !Array.isArray(error.details)) return new Map();
  const faults = error.details as { path?: unknown; message?: unknown }[];
  return new Map(
    faults.map(({ path, message }) => [
      Array.isArray(path) ? path.join('.') : String(path ?? ''),
      String(message ?? ''),
    ]),
  );
}
