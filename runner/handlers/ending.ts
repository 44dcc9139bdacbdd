import { GatewayError } from '../../lib/core/errors.ts';
import type { HandlerContext } from './index.ts';

/**
 * Runs what can be done but once, such as to leave or to delete. At a repeat, a refusal for the reason says that the
 * run before did it, if `isSo` finds it so.
 */
export async function endingOnce(
  { isRepeat }: Pick<HandlerContext, 'isRepeat'>,
  reason: string,
  work: () => Promise<void>,
  isSo: () => Promise<boolean> = async () => true,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    const isRefused = error instanceof GatewayError && (error.details as { reason?: string })?.reason === reason;
    if (!isRepeat || !isRefused || !(await isSo())) throw error;
  }
}
