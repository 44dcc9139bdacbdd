import i18next, { type BackendModule, type ResourceKey, type TypeOptions } from 'i18next';
import { initReactI18next } from 'react-i18next';

/** What people call their languages, in their own words. */
export const LANGUAGES = {
  en: 'English',
  de: 'Deutsch',
  es: 'Español',
  pt: 'Português',
  id: 'Bahasa Indonesia',
} as const;
export type Language = keyof typeof LANGUAGES;

const CHOSEN = 'switchboard.language';

/** One file per folder and language, each a chunk of its own: `features/keys/locales/de.json` is namespace `keys`. */
const FILES = import.meta.glob<ResourceKey>(
  ['../ui/locales/*.json', '../frame/locales/*.json', '../features/*/locales/*.json'],
  { import: 'default' },
);

const LOADERS = new Map(
  Object.entries(FILES).map(([path, load]) => {
    const [, namespace, language] = /([\w-]+)\/locales\/(\w+)\.json$/.exec(path) as RegExpExecArray;
    return [`${language}/${namespace}`, load];
  }),
);

const backend: BackendModule = {
  type: 'backend',
  init: () => undefined,
  read: (language, namespace, done) => {
    const load = LOADERS.get(`${language}/${namespace}`);
    if (!load) return done(new Error(`there are no texts for ${language}/${namespace}`), false);
    load().then(
      (texts) => done(null, texts),
      (error: Error) => done(error, false),
    );
  },
};

export type Namespace = keyof TypeOptions['resources'];

/** @param first of what is shown first */
export async function startI18n(first?: Namespace): Promise<void> {
  i18next.on('languageChanged', (language) => {
    document.documentElement.lang = language;
  });
  await i18next
    .use(backend)
    .use(initReactI18next)
    .init({
      lng: preferred(),
      supportedLngs: Object.keys(LANGUAGES),
      fallbackLng: false,
      ns: ['ui', 'frame', ...(first ? [first] : [])],
      initAsync: false,
      defaultNS: 'ui',
      interpolation: { escapeValue: false },
    });
}

/** Keeps the choice in this browser. */
export async function setLanguage(language: Language): Promise<void> {
  localStorage.setItem(CHOSEN, language);
  await i18next.changeLanguage(language);
}

export function loadTexts(namespace: Namespace): Promise<void> {
  return i18next.loadNamespaces(namespace);
}

function preferred(): Language {
  const wanted = [localStorage.getItem(CHOSEN), ...navigator.languages.map((tag) => tag.split('-')[0])];
  return (wanted.find((name) => name && name in LANGUAGES) as Language | undefined) ?? 'en';
}
