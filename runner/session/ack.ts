import type { EventEmitter } from 'node:events';
import type { BinaryNode, WASocket } from '../../lib/baileys/index.ts';
import { NO_ANSWER } from './silence.ts';
import { ConnectionLost } from './whatsapp-session.ts';

/**
 * The server's answer to a message; undefined when none came in time. As `waitForMessage` of the socket, without the two
 * stacks that it makes each time.
 * @throws ConnectionLost
 */
export function awaitAck(sock: WASocket, messageId: string, waitMs: number): Promise<BinaryNode | undefined> {
  const ws = sock.ws as unknown as EventEmitter;
  const tag = `TAG:${messageId}`;
  return new Promise((resolve, reject) => {
    const end = (): void => {
      clearTimeout(timer);
      ws.off(tag, came).off('close', lost).off('error', lost);
    };
    const came = (answer?: BinaryNode): void => {
      // A message may wait longer for its ack than a question for its answer.
      if (answer === NO_ANSWER) return;
      end();
      resolve(answer);
    };
    const lost = (): void => {
      end();
      reject(new ConnectionLost());
    };
    const timer = setTimeout(came, waitMs);
    ws.on(tag, came).on('close', lost).on('error', lost);
  });
}
