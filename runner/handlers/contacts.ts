import type { Handler } from './index.ts';

export const checkNumbers: Handler<'contact.check'> = async ({ session }, input) => ({
  output: { results: await session.lookUp(input.numbers) },
});
