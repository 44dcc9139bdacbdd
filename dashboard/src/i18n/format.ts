import { useTranslation } from 'react-i18next';

const UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
] as const;

/** Numbers and times in the words of the present language. */
export function useFormat() {
  const { language: chosen } = useTranslation().i18n;
  // Where the browser knows the country, its way to write a date: 26/11 and 24 hours for British English.
  const language = navigator.languages.find((tag) => tag.split('-')[0] === chosen) ?? chosen;
  return {
    number: (value: number) => new Intl.NumberFormat(language).format(value),
    percent: (part: number) =>
      new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 1 }).format(part),
    date: (at: string | number) => new Intl.DateTimeFormat(language, { dateStyle: 'medium' }).format(new Date(at)),
    /** A day of the API (`2026-11-26`), short. */
    day: (date: string) =>
      new Intl.DateTimeFormat(language, { day: 'numeric', month: 'short', timeZone: 'UTC' }).format(new Date(date)),
    time: (at: string | number) => new Intl.DateTimeFormat(language, { timeStyle: 'short' }).format(new Date(at)),
    dateTime: (at: string | number) =>
      new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(at)),
    /** `3 minutes ago`, `in 2 hours`. */
    ago: (at: string | number, nowMs = Date.now()) => {
      const ms = new Date(at).getTime() - nowMs;
      const [unit, size] = UNITS.find(([, length]) => Math.abs(ms) >= length) ?? UNITS[3];
      return new Intl.RelativeTimeFormat(language, { numeric: 'auto' }).format(Math.trunc(ms / size), unit);
    },
  };
}
