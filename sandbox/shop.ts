/** What a business sells; the price in thousandths of the currency. */
export interface SandboxProduct {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly price: number;
  readonly currency: string;
  readonly image: string;
  readonly isHidden?: boolean;
}

/** What a business shows. */
export interface SandboxBusiness {
  description: string;
  category: string;
  email: string;
  website: string;
  address: string;
  /** In minutes of the day. */
  hours?: { timezone: string; days: { day: string; opens: number; closes: number }[] };
  products?: SandboxProduct[];
  collections?: { id: string; name: string; productIds: string[] }[];
}
