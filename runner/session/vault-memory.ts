import { PreKeyPages } from './vault-prekeys.ts';

const PRE_KEY = 'pre-key|';

/** Every key of a session in its memory form (`vault-codec.ts`); pre-keys packed. */
export class VaultMemory {
  readonly #forms = new Map<string, string>();
  readonly #preKeys = new PreKeyPages();

  get size(): number {
    return this.#forms.size + this.#preKeys.size;
  }

  get(key: string): string | undefined {
    return key.startsWith(PRE_KEY) ? this.#preKeys.get(key.slice(PRE_KEY.length)) : this.#forms.get(key);
  }

  /** undefined deletes. */
  set(key: string, form: string | undefined): void {
    if (key.startsWith(PRE_KEY)) {
      const id = key.slice(PRE_KEY.length);
      if (form === undefined) this.#preKeys.delete(id);
      else this.#preKeys.set(id, form);
    } else if (form === undefined) this.#forms.delete(key);
    else this.#forms.set(key, form);
  }

  *keys(): Generator<string> {
    yield* this.#forms.keys();
    for (const id of this.#preKeys.ids()) yield PRE_KEY + id;
  }

  *ids(type: string): Generator<string> {
    if (type === 'pre-key') yield* this.#preKeys.ids();
    else for (const key of this.#forms.keys()) if (key.startsWith(`${type}|`)) yield key.slice(type.length + 1);
  }
}
