/** Names of what is cached. What belongs to an instance begins with `ofInstance`, and is asked for anew when it changes. */
export const keys = {
  overview: ['overview'] as const,
  subscription: ['subscription'] as const,
  instances: ['instances'] as const,
  /** How many webhooks there are. */
  webhookCount: ['webhooks', 'count'] as const,
  ofInstance: (name: string) => ['instance', name] as const,
  instance: (name: string) => ['instance', name, 'details'] as const,
  connection: (name: string) => ['instance', name, 'connection'] as const,
  health: (name: string) => ['instance', name, 'health'] as const,
  apiKeys: (name: string) => ['instance', name, 'keys'] as const,
  /** Not under `ofInstance`: a new code must not be asked for because the state has changed. */
  qr: (name: string) => ['qr', name] as const,
  stats: (name: string) => ['stats', name] as const,
  messages: (name: string) => ['messages', name] as const,
};
