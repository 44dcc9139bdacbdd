import type { BinaryNode } from '../../lib/baileys/index.ts';
import type { Device } from '../directory.ts';
import type { Network } from '../network.ts';
import type { SandboxProduct } from '../shop.ts';
import { bytesOf, childBytes, childOf, node } from '../wire.ts';

const text = (tag: string, value: string): BinaryNode => node(tag, {}, Buffer.from(value));

/** Handles `xmlns="w:biz"`: what a business shows of itself; of an ordinary account there is nothing. */
export function handleBusinessProfile(network: Network, sender: Device, query: BinaryNode): void {
  const jid = childOf(childOf(query, 'business_profile'), 'profile')?.attrs.jid;
  const business = network.directory.account(jid)?.record.business;
  const hours = business?.hours && [
    node(
      'business_hours',
      { timezone: business.hours.timezone },
      business.hours.days.map(({ day, opens, closes }) =>
        node('business_hours_config', {
          ...{ day_of_week: day, mode: 'specific_hours' },
          ...{ open_time: String(opens), close_time: String(closes) },
        }),
      ),
    ),
  ];
  const profile = business && [
    node('profile', { jid }, [
      ...(['description', 'email', 'website', 'address'] as const).map((tag) => text(tag, business[tag])),
      node('categories', {}, [text('category', business.category)]),
      ...(hours ?? []),
    ]),
  ];
  network.reply(sender, query, [node('business_profile', { v: '244' }, profile)]);
}

/** Handles `xmlns="w:biz:catalog"`: products page by page, and collections of them. */
export function handleCatalog(network: Network, sender: Device, query: BinaryNode): void {
  const catalog = childOf(query, 'product_catalog');
  const collections = childOf(query, 'collections');
  const jid = catalog?.attrs.jid ?? collections?.attrs.biz_jid;
  const business = network.directory.account(jid)?.record.business;
  if (!business || (!catalog && !collections)) {
    network.refuse(sender, query, 404, 'item-not-found');
    return;
  }
  const products = business.products ?? [];
  if (collections) {
    const nodes = (business.collections ?? []).map(({ id, name, productIds }) =>
      node('collection', {}, [
        ...[text('id', id), text('name', name), node('status_info', {}, [text('status', 'APPROVED')])],
        ...products.filter((product) => productIds.includes(product.id)).map(productNode),
      ]),
    );
    network.reply(sender, query, [node('collections', {}, nodes)]);
    return;
  }
  const after = childBytes(catalog, 'after').toString();
  const start = after ? products.findIndex(({ id }) => id === after) + 1 : 0;
  const page = products.slice(start, start + Number(bytesOf(childOf(catalog, 'limit')).toString() || 10));
  const last = page.at(-1);
  const hasMore = last !== undefined && last !== products.at(-1);
  const paging = hasMore ? [node('paging', {}, [text('after', last.id)])] : [];
  network.reply(sender, query, [node('product_catalog', {}, [...page.map(productNode), ...paging])]);
}

function productNode({ id, name, description, price, currency, image, isHidden }: SandboxProduct): BinaryNode {
  return node('product', { is_hidden: String(isHidden ?? false) }, [
    ...[text('id', id), text('name', name), text('description', description)],
    ...[text('price', String(price)), text('currency', currency)],
    node('media', {}, [node('image', {}, [text('request_image_url', image), text('original_image_url', image)])]),
    node('status_info', {}, [text('status', 'APPROVED')]),
  ]);
}
