import type { Handler } from './index.ts';

export const rejectCall: Handler<'call.reject'> = async ({ session }, { callId, from }) => {
  await session.calls.reject(callId, from);
  return { output: { callId } };
};
