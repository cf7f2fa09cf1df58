/**
 * The RSA key that signs callbacks, so that an application can tell them from other requests. Leaves out where the key
 * is kept: the program that starts the server decides that.
 */
import { createPrivateKey, createPublicKey, generateKeyPair, type KeyObject, sign } from 'node:crypto';
import { promisify } from 'node:util';

/** Bits of a key made here. */
const MODULUS_LENGTH_BITS = 2048;

/** An RSA key pair that signs callbacks; the private half shows in `toPem` alone. */
export class CallbackKey {
  /** PEM, SubjectPublicKeyInfo: what applications verify with. */
  readonly publicKeyPem: string;
  readonly #privateKey: KeyObject;

  /** @throws {Error} The key is no RSA key. */
  constructor(privateKey: KeyObject) {
    if (privateKey.asymmetricKeyType !== 'rsa') throw new Error('The key that signs callbacks must be an RSA key');
    this.#privateKey = privateKey;
    this.publicKeyPem = createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }).toString();
  }

  /** Reads a key. @param pem PKCS #8 or PKCS #1, not encrypted. @throws {Error} It is none. */
  static fromPem(pem: string): CallbackKey {
    return new CallbackKey(createPrivateKey(pem));
  }

  /** Makes a new key. */
  static async generate(): Promise<CallbackKey> {
    const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: MODULUS_LENGTH_BITS });
    return new CallbackKey(privateKey);
  }

  /** PEM, PKCS #8: a secret. */
  toPem(): string {
    return this.#privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  }

  /**
   * Signs a callback as the public service does: MD5 with RSA. MD5 is what applications expect, not what one would
   * choose today.
   * @returns Base64, the `Authorization` header.
   */
  sign(url: URL, body: string): string {
    const text = `${decodePath(url.pathname)}${url.search}\n${body}`;
    return sign('md5', Buffer.from(text, 'utf8'), this.#privateKey).toString('base64');
  }
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
