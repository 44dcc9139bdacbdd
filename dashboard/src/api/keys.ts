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
  /** Of every list of chats. */
  chats: (name: string) => ['messages', name, 'chats'] as const,
  webhooks: ['webhooks'] as const,
  ofWebhook: (id: string) => ['webhook', id] as const,
  webhook: (id: string) => ['webhook', id, 'details'] as const,
  webhookStats: (id: string) => ['webhook', id, 'stats'] as const,
  deliveries: (id: string) => ['webhook', id, 'deliveries'] as const,
  accountKeys: ['accountKeys'] as const,
  bulks: (name: string) => ['bulks', name] as const,
  bulk: (name: string, id: string) => ['bulk', name, id] as const,
  scheduled: (name: string) => ['scheduled', name] as const,
  templates: ['templates'] as const,
  users: ['users'] as const,
  audit: ['audit'] as const,
};
