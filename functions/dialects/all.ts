import type { Dialect } from './dialect.ts';
import { gatewayDialect } from './gateway/index.ts';
import { nativeDialect } from './native/index.ts';
import { publicDialect } from './public/index.ts';
import { sessionsDialect } from './sessions/index.ts';

/** Every face of the gateway, loaded; they share one host. The API itself loads them as they are asked for. */
export const DIALECTS: readonly Dialect[] = [nativeDialect, sessionsDialect, gatewayDialect, publicDialect];
