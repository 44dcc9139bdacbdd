/** A delivery as this face names it: with its endpoint, so that one id says where it lies. */
export function deliveryName({ id, webhookId }: { id: string; webhookId: string }): string {
  return `${id}.${webhookId}`;
}
