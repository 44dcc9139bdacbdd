import 'i18next';

/** English is the measure: a key that it lacks does not compile. */
declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'ui';
    resources: {
      ui: typeof import('../ui/locales/en.json');
      frame: typeof import('../frame/locales/en.json');
      auth: typeof import('../features/auth/locales/en.json');
      start: typeof import('../features/start/locales/en.json');
      instances: typeof import('../features/instances/locales/en.json');
      reference: typeof import('../features/reference/locales/en.json');
      conversations: typeof import('../features/conversations/locales/en.json');
      keys: typeof import('../features/keys/locales/en.json');
      webhooks: typeof import('../features/webhooks/locales/en.json');
      statistics: typeof import('../features/statistics/locales/en.json');
      bulk: typeof import('../features/bulk/locales/en.json');
      admin: typeof import('../features/admin/locales/en.json');
    };
  }
}
