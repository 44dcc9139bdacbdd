const SLOT_BYTES = 64;
const PAGE_SLOTS = 128;

interface Page {
  bytes: Buffer;
  used: Uint8Array;
  count: number;
}

/**
 * Pre-keys, 64 bytes each, in pages of consecutive ids: a session has 812 of them, and as objects they are the largest
 * part of its memory. Values go in and out as latin1 strings, the vault's memory form.
 */
export class PreKeyPages {
  readonly #pages = new Map<number, Page>();
  size = 0;

  get(id: string): string | undefined {
    const [page, slot] = this.#locate(id);
    if (!page?.used[slot]) return undefined;
    return page.bytes.toString('latin1', slot * SLOT_BYTES, (slot + 1) * SLOT_BYTES);
  }

  set(id: string, form: string): void {
    const number = preKeyNumber(id);
    const pageNumber = Math.floor(number / PAGE_SLOTS);
    let page = this.#pages.get(pageNumber);
    if (!page) {
      page = {
        bytes: Buffer.allocUnsafeSlow(PAGE_SLOTS * SLOT_BYTES),
        used: new Uint8Array(PAGE_SLOTS),
        count: 0,
      };
      this.#pages.set(pageNumber, page);
    }
    const slot = number % PAGE_SLOTS;
    if (!page.used[slot]) {
      page.used[slot] = 1;
      page.count++;
      this.size++;
    }
    page.bytes.write(form, slot * SLOT_BYTES, SLOT_BYTES, 'latin1');
  }

  delete(id: string): void {
    const [page, slot] = this.#locate(id);
    if (!page?.used[slot]) return;
    page.used[slot] = 0;
    page.bytes.fill(0, slot * SLOT_BYTES, (slot + 1) * SLOT_BYTES);
    page.count--;
    this.size--;
    if (page.count === 0) this.#pages.delete(Math.floor(preKeyNumber(id) / PAGE_SLOTS));
  }

  *ids(): Generator<string> {
    for (const [pageNumber, page] of this.#pages) {
      for (let slot = 0; slot < PAGE_SLOTS; slot++) if (page.used[slot]) yield String(pageNumber * PAGE_SLOTS + slot);
    }
  }

  #locate(id: string): [Page | undefined, number] {
    const number = preKeyNumber(id);
    return [this.#pages.get(Math.floor(number / PAGE_SLOTS)), number % PAGE_SLOTS];
  }
}

/** Ids are 24-bit in the protocol. A peer names them, so anything else must not reach the pages. */
function preKeyNumber(id: string): number {
  const number = Number(id);
  return Number.isInteger(number) && number >= 0 && number < 2 ** 32 ? number : -1;
}
