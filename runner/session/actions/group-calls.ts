import type { GroupMetadata, WASocket } from '../../../lib/baileys/index.ts';
import { isBroken } from '../send-errors.ts';
import type { ActionDeps } from './deps.ts';
import { detailOf, type GroupDetail, meOf, summaryOf } from './group-views.ts';
import { type Refusals, refusalCode, refusalOf } from './refusals.ts';

/** What the facets of groups and communities ask WhatsApp with. */
export interface GroupCalls {
  /** What is remembered of a group, or at least of the list of groups, is not so any more. */
  forget(groupId?: string): void;
  /** Works on one group, and makes GatewayErrors of refusals. */
  ofGroup<T>(groupId: string, work: (sock: WASocket) => Promise<T>): Promise<T>;
  /** As `ofGroup`, where the group is another one afterwards. */
  changing<T>(groupId: string, work: (sock: WASocket) => Promise<T>): Promise<T>;
  metadataOf(groupId: string): Promise<GroupMetadata>;
  detail(metadata: GroupMetadata): Promise<GroupDetail>;
}

const NO_GROUP = ['RESOURCE_NOT_FOUND', 'GROUP_NOT_FOUND', 'There is no such group.'] as const;
const NOT_A_MEMBER = ['PERMISSION_DENIED', 'NOT_A_MEMBER', 'The instance is not a member of the group.'] as const;
const NOT_ADMIN = ['PERMISSION_DENIED', 'NOT_ADMIN', 'Only an admin of the group may do this.'] as const;

const OF_GROUP: Refusals = { 404: NO_GROUP, 410: NO_GROUP };
export function createGroupCalls({ guard, names, caches }: ActionDeps): GroupCalls {
  const forget = (groupId?: string) => {
    if (groupId) caches().groupMetadata.del(groupId);
    caches().groupList.flushAll();
  };

  /** Works on one group. WhatsApp's 403 means "no member" as well as "no admin": whether it shows us the group tells. */
  const ofGroup = <T>(groupId: string, work: (sock: WASocket) => Promise<T>): Promise<T> =>
    guard(async (sock) => {
      try {
        return await work(sock);
      } catch (error) {
        const code = refusalCode(error);
        if (code !== 401 && code !== 403) throw refusalOf(error, OF_GROUP) ?? error;
        const isMember = await sock.groupMetadata(groupId).then(
          (metadata) => summaryOf(metadata, names, meOf(sock.user, names)).role !== null,
          (why) => {
            if (isBroken(why)) throw why;
            return false;
          },
        );
        throw refusalOf(error, { [code]: isMember ? NOT_ADMIN : NOT_A_MEMBER });
      }
    });

  const changing = async <T>(groupId: string, work: (sock: WASocket) => Promise<T>): Promise<T> => {
    try {
      return await ofGroup(groupId, work);
    } finally {
      forget(groupId);
    }
  };

  const metadataOf = (groupId: string): Promise<GroupMetadata> =>
    ofGroup(groupId, async (sock) => {
      const known = caches().groupMetadata.get(groupId);
      if (known) return known;
      const metadata = await sock.groupMetadata(groupId);
      caches().groupMetadata.set(groupId, metadata);
      return metadata;
    });

  const detail = (metadata: GroupMetadata) => guard(async (sock) => detailOf(metadata, names, meOf(sock.user, names)));

  return { forget, ofGroup, changing, metadataOf, detail };
}
