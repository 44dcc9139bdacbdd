import { join, resolve } from 'node:path';
import { startSandbox } from '../sandbox/index.ts';

/**
 * Runs the simulated WhatsApp network on its own.
 * Environment: SANDBOX_PORT (3100; 0 takes a free port), DATA_DIR (`.switchboard`; data lie under `<DATA_DIR>/sandbox`).
 */
const port = Number(process.env.SANDBOX_PORT ?? 3100);
if (!Number.isInteger(port) || port < 0 || port > 65_535) {
  console.error(`SANDBOX_PORT=${process.env.SANDBOX_PORT} is not a port`);
  process.exit(1);
}
const dataDir = resolve(join(process.env.DATA_DIR ?? '.switchboard', 'sandbox'));
const sandbox = await startSandbox({ port, dataDir });

sandbox.network.on('fault', (error) => console.error('sandbox fault:', error));
console.log(`Simulated WhatsApp network ready on ${sandbox.controlUrl}

  WebSocket  ${sandbox.url}   (Baileys: waWebSocketUrl)
  Control    ${sandbox.controlUrl}/control
  Media CA   ${sandbox.mediaCaFile}   (clients: NODE_EXTRA_CA_CERTS)
  Data       ${dataDir}

Link the client that shows a QR:
  curl -H content-type:application/json -d '{"qr":"<text of the QR>"}' ${sandbox.controlUrl}/control/scan
Let a contact write to it:
  curl -H content-type:application/json -d '{"from":"15550009001","to":"<phone>","text":"hello"}' ${sandbox.controlUrl}/control/incoming
`);

const stop = () => {
  void sandbox.close().then(() => process.exit(0));
};
process.once('SIGINT', stop);
process.once('SIGTERM', stop);
