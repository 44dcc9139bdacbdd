import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import {
  aesDecryptCTR,
  aesDecryptGCM,
  aesEncryptCTR,
  Curve,
  derivePairingCodeKey,
  hkdf,
  hmacSign,
  proto,
  WA_ADV_ACCOUNT_SIG_PREFIX,
} from '../lib/baileys/index.ts';
import type { Device } from './directory.ts';
import type { CodeRequest, DeviceVoucher } from './pairing.ts';
import type { PhoneSignal } from './phone-signal.ts';
import { node, nowSeconds, SandboxError, SERVER_JID, stanzaId } from './wire.ts';

/** How long a client may take to finish a link by code. */
const FINISH_TIMEOUT_MS = 15_000;

/**
 * Baileys marks itself registered only after the answer to its last pairing message was handled; a link that
 * completes in the same instant overtakes that and its restart would log in half-registered.
 */
const FINISH_GRACE_MS = 100;

/** The parts of a scanned QR: `https://wa.me/settings/linked_devices#ref,noise,identity,adv,platform`. */
export interface ScannedQr {
  readonly reference: string;
  readonly noisePublic: Buffer;
  readonly identity: Buffer;
  readonly advSecret: Buffer;
}

/** Reads a QR's text, with or without the URL in front. @throws SandboxError 400 */
export function parseQr(text: string): ScannedQr {
  const [reference, noisePublic, identity, advSecret] = text.slice(text.indexOf('#') + 1).split(',');
  if (!reference || !noisePublic || !identity || !advSecret) throw new SandboxError(400, 'not a WhatsApp QR');
  return {
    reference,
    noisePublic: Buffer.from(noisePublic, 'base64'),
    identity: Buffer.from(identity, 'base64'),
    advSecret: Buffer.from(advSecret, 'base64'),
  };
}

/**
 * Vouches for a companion: the account key signs `06 00 | details | companion identity`, and the secret that only the
 * QR (or the code) carried authenticates the whole, so that the server cannot link a device of its own.
 */
export function vouch(signal: PhoneSignal, companionIdentity: Buffer, advSecret: Buffer): DeviceVoucher {
  const { signedIdentityKey } = signal.credentials;
  const keyIndex = signal.nextKeyIndex();
  const details = proto.ADVDeviceIdentity.encode({
    rawId: randomBytes(4).readUInt32BE(0),
    timestamp: Math.floor(Date.now() / 1000),
    keyIndex,
    accountType: 0,
    deviceType: 0,
  }).finish();
  const accountSignature = Curve.sign(
    signedIdentityKey.private,
    Buffer.concat([WA_ADV_ACCOUNT_SIG_PREFIX, details, companionIdentity]),
  );
  const accountSignatureKey = signedIdentityKey.public;
  const signed = proto.ADVSignedDeviceIdentity.encode({ details, accountSignatureKey, accountSignature }).finish();
  const hmac = hmacSign(signed, advSecret);
  return {
    signedIdentityHmac: Buffer.from(proto.ADVSignedDeviceIdentityHMAC.encode({ details: signed, hmac }).finish()),
    keyIndex,
    accountKey: Buffer.from(accountSignatureKey),
  };
}

/**
 * Does what a phone does when its person types a pairing code, up to the secret that both sides now share.
 *
 * The code encrypts an ephemeral key each way (PBKDF2, AES-CTR); the client's answer is sealed under their shared
 * secret, so a wrong code shows when it does not open.
 *
 * @returns the companion's identity key and the ADV secret to vouch with
 * @throws SandboxError 409 for a wrong code or a client that does not answer
 */
export async function exchangeCode(
  signal: PhoneSignal,
  request: CodeRequest,
  code: string,
): Promise<{ companionIdentity: Buffer; advSecret: Buffer }> {
  const { signedIdentityKey } = signal.credentials;
  const wrapped = request.wrappedEphemeral;
  const companionKey = await derivePairingCodeKey(code, wrapped.subarray(0, 32));
  const companionEphemeral = aesDecryptCTR(wrapped.subarray(48, 80), companionKey, wrapped.subarray(32, 48));
  const ephemeral = Curve.generateKeyPair();
  const salt = randomBytes(32);
  const iv = randomBytes(16);
  const ownKey = await derivePairingCodeKey(code, salt);
  const wrappedEphemeral = Buffer.concat([salt, iv, aesEncryptCTR(ephemeral.public, ownKey, iv)]);

  const finished = new Promise<{ bundle: Buffer; companionIdentity: Buffer }>((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new SandboxError(409, 'the client did not finish the link')),
      FINISH_TIMEOUT_MS,
    );
    request.onFinish = (bundle, companionIdentity) => {
      clearTimeout(timer);
      resolve({ bundle, companionIdentity });
    };
  });
  const hello = node('link_code_companion_reg', { stage: 'primary_hello' }, [
    node('link_code_pairing_wrapped_primary_ephemeral_pub', {}, wrappedEphemeral),
    node('primary_identity_pub', {}, Buffer.from(signedIdentityKey.public)),
    node('link_code_pairing_ref', {}, Buffer.from(request.reference)),
  ]);
  const attrs = { from: SERVER_JID, type: 'link_code_companion_reg', id: stanzaId(), t: nowSeconds() };
  request.connection.send(node('notification', attrs, [hello]));

  const { bundle, companionIdentity } = await finished;
  const shared = Curve.sharedKey(ephemeral.private, companionEphemeral);
  const random = openBundle(shared, bundle, companionIdentity);
  const identityShared = Curve.sharedKey(signedIdentityKey.private, companionIdentity);
  const advSecret = Buffer.from(hkdf(Buffer.concat([shared, identityShared, random]), 32, { info: 'adv_secret' }));
  await delay(FINISH_GRACE_MS);
  return { companionIdentity, advSecret };
}

/** Opens salt (32) | iv (12) | sealed (companion identity | phone identity | random). @returns the random part */
function openBundle(shared: Buffer, bundle: Buffer, companionIdentity: Buffer): Buffer {
  const key = Buffer.from(
    hkdf(shared, 32, { salt: bundle.subarray(0, 32), info: 'link_code_pairing_key_bundle_encryption_key' }),
  );
  let opened: Buffer;
  try {
    opened = aesDecryptGCM(bundle.subarray(44), key, bundle.subarray(32, 44), Buffer.alloc(0));
  } catch {
    throw new SandboxError(409, 'wrong pairing code');
  }
  if (!opened.subarray(0, 32).equals(companionIdentity)) throw new SandboxError(409, 'wrong pairing code');
  return opened.subarray(64, 96);
}

/** Names a linked device in answers of the control API. */
export const describeDevice = (device: Device): { phone: string; jid: string; lid: string } => ({
  phone: device.account.number,
  jid: device.jid('pn'),
  lid: device.jid('lid'),
});
