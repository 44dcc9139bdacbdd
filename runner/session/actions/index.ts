import { createAppState } from './app-state.ts';
import { type BusinessActions, createBusinessActions } from './business.ts';
import { type CallActions, createCallActions } from './calls.ts';
import { type ChannelActions, createChannelActions } from './channels.ts';
import { type ChatActions, createChatActions } from './chats.ts';
import { type CommunityActions, createCommunityActions } from './communities.ts';
import { type ContactActions, createContactActions } from './contacts.ts';
import type { ActionDeps } from './deps.ts';
import { createGroupActions, type GroupActions } from './groups.ts';
import { createLabelActions, type LabelActions } from './labels.ts';
import { createPresenceActions, type PresenceActions } from './presence.ts';
import { createProfileActions, type ProfileActions } from './profile.ts';
import { createStatusActions, type StatusActions } from './statuses.ts';

export * from './app-state.ts';
export * from './business.ts';
export * from './calls.ts';
export * from './channels.ts';
export * from './chats.ts';
export * from './communities.ts';
export * from './contacts.ts';
export * from './deps.ts';
export * from './groups.ts';
export * from './labels.ts';
export * from './media.ts';
export * from './messages.ts';
export * from './presence.ts';
export * from './profile.ts';
export * from './statuses.ts';

/** What a session may do, family by family. */
export interface Facets {
  readonly business: BusinessActions;
  readonly calls: CallActions;
  readonly chats: ChatActions;
  readonly contacts: ContactActions;
  readonly groups: GroupActions;
  readonly communities: CommunityActions;
  readonly channels: ChannelActions;
  readonly statuses: StatusActions;
  readonly labels: LabelActions;
  readonly presence: PresenceActions;
  readonly profile: ProfileActions;
}

/** Statuses are messages: they are sent as those are. */
export function createFacets(deps: ActionDeps, ...sending: Parameters<typeof createStatusActions>): Facets {
  const change = createAppState(deps);
  return {
    business: createBusinessActions(deps),
    calls: createCallActions(deps),
    chats: createChatActions(deps, change),
    contacts: createContactActions(deps, change),
    groups: createGroupActions(deps),
    communities: createCommunityActions(deps),
    channels: createChannelActions(deps),
    statuses: createStatusActions(...sending),
    labels: createLabelActions(change),
    presence: createPresenceActions(deps),
    profile: createProfileActions(deps, change),
  };
}
