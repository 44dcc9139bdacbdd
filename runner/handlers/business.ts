import type { Handler } from './index.ts';

export const businessProfile: Handler<'business.profile'> = async ({ session }, { jid }) => ({
  output: await session.business.profile(jid),
});

export const businessCatalog: Handler<'business.catalog'> = async ({ session }, { jid, limit, cursor }) => ({
  output: await session.business.catalog(jid, limit, cursor),
});

export const businessCollections: Handler<'business.collections'> = async ({ session }, { jid, limit }) => ({
  output: await session.business.collections(jid, limit),
});
