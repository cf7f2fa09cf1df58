/**
 * What a follower knows of the bytes that it has read, so that it notices when another object has taken the place of
 * the one it follows, be that longer. The bytes of an object that only grows stay as they are: their CRC-64 is that of
 * the object when it had this length. A HEAD tells length and CRC-64 of one moment; it is held against the bytes as
 * soon as they reach that length. Leaves out asking (`follow.ts`, `length-poll.ts`).
 */
import { combineCrc64, crc64 } from '@annals/checksum';
import { AnnalsError } from '../error.js';
import type { HeadObjectResult } from '../operations/object/head-object.js';
import type { FollowTarget } from './follow-target.js';

/** An object's length and content at one moment, as one number each. */
interface Moment {
  /** Length in bytes. */
  readonly position: number;
  readonly crc64: bigint;
}

interface Knowledge {
  /** CRC-64 of all bytes up to the position; `undefined` as long as some of them were neither read nor vouched for. */
  readonly crc64: bigint | undefined;
  /** What the object was when it was looked at last, ahead of the position. */
  readonly ahead: Moment | undefined;
  readonly versionId: string | undefined;
}

/** Bytes from the beginning of an object up to a position. Does not change: a step that fails is repeated from it. */
export class FollowedPrefix {
  /** Bytes before what is read next. */
  readonly position: number;
  readonly #target: FollowTarget;
  readonly #known: Knowledge;

  /** @param crc64 Of the bytes up to `position`, when it is known. */
  static begin(target: FollowTarget, position: number, crc64?: bigint): FollowedPrefix {
    const known = { crc64: position === 0 ? 0n : crc64, ahead: undefined, versionId: undefined };
    return new FollowedPrefix(target, position, known);
  }

  private constructor(target: FollowTarget, position: number, known: Knowledge) {
    this.#target = target;
    this.position = position;
    this.#known = known;
  }

  /** CRC-64 of all bytes up to the position, when it is known. */
  get crc64(): bigint | undefined {
    return this.#known.crc64;
  }

  /** Whether these bytes will be held against what a HEAD told, or cannot be before the next one. */
  get isWatched(): boolean {
    return this.#known.ahead !== undefined;
  }

  /**
   * These bytes and those behind them.
   * @throws {AnnalsError} `ObjectReplaced` when they are not those of the object that was looked at.
   */
  append(bytes: Uint8Array): FollowedPrefix {
    const { ahead } = this.#known;
    const lengthBytes = ahead === undefined ? bytes.length : Math.min(bytes.length, ahead.position - this.position);
    const reached = this.#grown(bytes.subarray(0, lengthBytes));
    if (reached.position !== ahead?.position) return reached;
    const compared = reached.#holdAgainst(ahead);
    return lengthBytes === bytes.length ? compared : compared.append(bytes.subarray(lengthBytes));
  }

  /**
   * Takes what a look at the object told.
   * @throws {AnnalsError} `ObjectReplaced` when it is another object than the one that was read.
   */
  look({ length, crc64: seen, versionId }: Pick<HeadObjectResult, 'length' | 'crc64' | 'versionId'>): FollowedPrefix {
    const looked = this.ofVersion(versionId);
    const { ahead } = looked.#known;
    if (length < (ahead?.position ?? this.position)) throw this.#replaced(`the object has a length of ${length}`);
    if (seen === undefined) return looked;
    const moment = { position: length, crc64: seen };
    if (length === this.position) return looked.#holdAgainst(moment);
    if (ahead === undefined) return looked.#with({ ahead: moment });
    if (length === ahead.position && seen !== ahead.crc64) throw this.#replaced('the object has other bytes');
    return looked;
  }

  /** Takes what an answer told of the version. @throws {AnnalsError} `ObjectReplaced` when it is another one. */
  ofVersion(versionId: string | undefined): FollowedPrefix {
    if (versionId === undefined || versionId === this.#known.versionId) return this;
    if (this.#known.versionId === undefined) return this.#with({ versionId });
    throw this.#replaced(`the object now has the version "${versionId}"`);
  }

  /**
   * Whether an entity tag is that of an appendable object that was no more than these bytes: its first half is the
   * CRC-64, little-endian. `false` means nothing: the object may have been longer.
   */
  isTaggedBy(etag: string | null): boolean {
    const [, digits] = /^"?([0-9A-Fa-f]{16})[0-9A-Fa-f]{8}0{8}"?$/.exec(etag ?? '') ?? [];
    if (digits === undefined || this.crc64 === undefined) return false;
    const littleEndian = digits.match(/../g)?.reverse().join('') ?? '';
    return BigInt(`0x${littleEndian}`) === this.crc64;
  }

  #grown(bytes: Uint8Array): FollowedPrefix {
    const before = this.#known.crc64;
    const after = before === undefined ? undefined : combineCrc64(before, crc64(bytes), bytes.length);
    return new FollowedPrefix(this.#target, this.position + bytes.length, { ...this.#known, crc64: after });
  }

  #holdAgainst(moment: Moment): FollowedPrefix {
    if (this.crc64 !== undefined && this.crc64 !== moment.crc64) {
      throw this.#replaced('the object has other bytes before this position');
    }
    return this.#with({ crc64: moment.crc64, ahead: undefined });
  }

  #with(change: Partial<Knowledge>): FollowedPrefix {
    return new FollowedPrefix(this.#target, this.position, { ...this.#known, ...change });
  }

  #replaced(reason: string): AnnalsError {
    const { bucket, key } = this.#target;
    return new AnnalsError(
      'ObjectReplaced',
      `Cannot follow oss://${bucket}/${key} from position ${this.position}: ${reason}, it has taken the place of another`,
      { outcome: 'not-applied' },
    );
  }
}
