import type { Product, WASocket } from '../../../lib/baileys/index.ts';
import type { OperationOutput } from '../../../lib/core/catalogue/operations.ts';
import { GatewayError } from '../../../lib/core/errors.ts';
import { bareJid } from '../../../lib/core/model/phone.ts';
import type { ActionDeps } from './deps.ts';
import { type Refusals, refusalOf } from './refusals.ts';

/**
 * What businesses show. `jid` undefined: our own.
 * @throws GatewayError RESOURCE_NOT_FOUND (reason NOT_A_BUSINESS) for whoever is none
 */
export interface BusinessActions {
  profile(jid: string | undefined): Promise<OperationOutput<'business.profile'>>;
  catalog(
    jid: string | undefined,
    limit: number | undefined,
    cursor: string | undefined,
  ): Promise<OperationOutput<'business.catalog'>>;
  collections(jid: string | undefined, limit: number | undefined): Promise<OperationOutput<'business.collections'>>;
}

const NOT_A_BUSINESS = 'This account is not a business, or has no catalogue.';
const REFUSALS: Refusals = { 404: ['RESOURCE_NOT_FOUND', 'NOT_A_BUSINESS', NOT_A_BUSINESS] };
const DEFAULT_LIMIT = 20;

export function createBusinessActions({ guard }: ActionDeps): BusinessActions {
  const asking = <T>(jid: string | undefined, work: (sock: WASocket, whose: string) => Promise<T>) =>
    guard(async (sock) => {
      try {
        return await work(sock, jid ?? bareJid(sock.user?.id ?? ''));
      } catch (error) {
        throw refusalOf(error, REFUSALS) ?? error;
      }
    });
  return {
    profile: (jid) =>
      asking(jid, async (sock, whose) => {
        const found = await sock.getBusinessProfile(whose);
        if (!found) throw notABusiness();
        const { timezone, business_config: hours } = found.business_hours;
        return {
          jid: whose,
          description: found.description || null,
          category: found.category ?? null,
          email: found.email ?? null,
          websites: found.website ?? [],
          address: found.address ?? null,
          timezone: timezone ?? null,
          hours: ((hours ?? []) as unknown as Record<string, string | undefined>[]).map((day) => ({
            day: day.day_of_week ?? '',
            mode: day.mode ?? '',
            opensMinutes: numberOf(day.open_time),
            closesMinutes: numberOf(day.close_time),
          })),
        };
      }),
    catalog: (jid, limit = DEFAULT_LIMIT, cursor) =>
      asking(jid, async (sock, whose) => {
        const { products, nextPageCursor } = await sock.getCatalog({ jid: whose, limit, ...(cursor && { cursor }) });
        return { products: products.map(productOf), nextCursor: nextPageCursor || null };
      }),
    collections: (jid, limit = DEFAULT_LIMIT) =>
      asking(jid, async (sock, whose) => {
        const { collections } = await sock.getCollections(whose, limit);
        return {
          collections: collections.map(({ id, name, status, products }) => ({
            ...{ id: id ?? '', name: name ?? '', status: status?.status ?? null },
            products: products.map(productOf),
          })),
        };
      }),
  };
}

function notABusiness(): GatewayError {
  return new GatewayError('RESOURCE_NOT_FOUND', NOT_A_BUSINESS, { details: { reason: 'NOT_A_BUSINESS' } });
}

function productOf(product: Product): OperationOutput<'business.catalog'>['products'][number] {
  return {
    id: product.id,
    name: product.name ?? '',
    description: product.description || null,
    retailerId: product.retailerId || null,
    url: product.url || null,
    price: Number.isFinite(product.price) ? product.price : null,
    currency: product.currency || null,
    isHidden: product.isHidden === true,
    images: Object.values(product.imageUrls).filter((url) => Boolean(url)),
    reviewStatus: product.reviewStatus.whatsapp || null,
  };
}

function numberOf(text: string | undefined): number | null {
  const number = Number(text);
  return text === undefined || !Number.isFinite(number) ? null : number;
}
