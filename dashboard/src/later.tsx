import { type ComponentType, lazy, useState } from 'react';
import { loadTexts, type Namespace } from './i18n/index.ts';

/** What is fetched when it is shown, or before that. */
export interface Later<P extends object = object> {
  component: ComponentType<P>;
  /** Fetches the module and the texts of its folder (in the present language) at the same time. */
  load: () => Promise<unknown>;
  texts: Namespace;
}

/**
 * The default export of a module. What is there by now is drawn at once: React holds back what was suspended, be it for a
 * moment only, for 300 ms.
 */
export function later<P extends object>(
  texts: Namespace,
  fetched: () => Promise<{ default: ComponentType<P> }>,
): Later<P> {
  let here: ComponentType<P> | undefined;
  const load = async () => {
    const [module] = await Promise.all([fetched(), loadTexts(texts)]);
    here = module.default;
    return module;
  };
  const Suspended = lazy(load) as unknown as ComponentType<P>;
  function ShownLater(props: P) {
    const [Content] = useState(() => here ?? Suspended);
    return <Content {...props} />;
  }
  return { component: ShownLater, load, texts };
}
