import { useTranslation } from 'react-i18next';
import { LANGUAGES, type Language, setLanguage } from '../i18n/index.ts';
import { setTheme, THEMES, type Theme, useTheme } from '../theme.ts';

export function LanguageSwitch() {
  const { t, i18n } = useTranslation('frame');
  return (
    <select
      aria-label={t('language')}
      value={i18n.language}
      onChange={(event) => void setLanguage(event.target.value as Language)}
    >
      {Object.entries(LANGUAGES).map(([code, name]) => (
        <option key={code} value={code} lang={code}>
          {name}
        </option>
      ))}
    </select>
  );
}

export function ThemeSwitch() {
  const { t } = useTranslation('frame');
  return (
    <select
      aria-label={t('theme.label')}
      value={useTheme()}
      onChange={(event) => setTheme(event.target.value as Theme)}
    >
      {THEMES.map((name) => (
        <option key={name} value={name}>
          {t(`theme.${name}`)}
        </option>
      ))}
    </select>
  );
}
