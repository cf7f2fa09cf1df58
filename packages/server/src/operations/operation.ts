/**
 * What an operation is, as seen by the pipeline: one row for each operation.
 * The life of a request is target -> signature -> operation -> authorize -> parse -> handle -> render (see `../http/pipeline.ts`);
 * rows hold only the last four steps and know neither sockets nor signatures.
 */
import type { FormSignature, OperationName, Query } from '@annals/protocol';
import type { BucketRecord, ObjectStore } from '@annals/store';
import type { CallbackSender } from '../callback/callback-sender.js';
import type { CustomDomainIndex } from '../custom-domains/custom-domain-index.js';
import type { TextRecordLookup } from '../custom-domains/domain-proof.js';
import type { OwnNames } from '../custom-domains/own-names.js';
import type { RequestTurn } from '../limits/admission.js';
import type { TransferPace } from '../limits/transfer-rates.js';
import type { NamedPolicy, Policy } from '../policy/policy.js';
import type { Principal } from '../policy/principal.js';
import type { OperationResponse } from '../response.js';
import type { ServerSettings } from '../settings.js';

export type { OperationResponse } from '../response.js';

/** Who signed. */
export interface Caller {
  readonly kind: Principal['kind'];
  /** Access key id; empty when anonymous. */
  readonly accessKeyId: string;
  /** Owner id of what this caller creates; empty when anonymous. */
  readonly accountId: string;
  readonly principal: Principal;
  /** Of the user with its groups, or of the role, as they were when the request was authenticated. */
  readonly identityPolicies: readonly NamedPolicy[];
  /** Of a temporary key that has one. */
  readonly sessionPolicy?: Policy | undefined;
}

/** The body of a request. Nothing is read from the socket before the first `open` or `readAll`; only one of them may be called, once. */
export interface RequestBody {
  /** From Content-Length; `undefined` when chunked; 0 when there is none. */
  readonly length: number | undefined;
  /** Whether the request announced a body at all (Content-Length or chunked); appends without either are 411. */
  readonly announced: boolean;
  /**
   * Streams the bytes with back-pressure.
   * @throws {OssError} `IncompleteBody` when the client leaves or sends too few, `RequestTimeout` when it stalls.
   */
  open(): AsyncIterable<Uint8Array>;
  /** Reads a small body whole. @throws {OssError} `tooLarge` when it is longer than `lengthMax` bytes, and as `open`. */
  readAll(lengthMax: number, tooLarge: () => Error): Promise<Uint8Array>;
}

/** An authenticated request, decoded, before anything of it is interpreted. */
export interface OperationRequest {
  /** 24 upper-case hex digits. */
  readonly id: string;
  readonly operation: OperationName;
  readonly method: string;
  /** Host header as sent, for HostId. */
  readonly host: string;
  /** Validated name; `undefined` at service scope. */
  readonly bucket: string | undefined;
  /** Raw (decoded) key; `undefined` at service and bucket scope. */
  readonly key: string | undefined;
  readonly query: Query;
  /** Lower-case names; duplicates joined by ", ". */
  readonly headers: ReadonlyMap<string, string>;
  readonly caller: Caller;
  /** Whether the client's connection is encrypted, to here or to a trusted proxy. */
  readonly isSecure: boolean;
  /** Whether the bucket was named in the path and not in the host. */
  readonly isPathStyle?: boolean;
  /**
   * IP address of whoever asks, `unknown` when a trusted proxy does not tell it: what limits, policies and logs go by. IPv4 in its own notation,
   * IPv6 as short as it can be.
   */
  readonly clientAddress: string;
  readonly receivedAtMs: number;
  readonly body: RequestBody;
  /** Of an upload: begins when its body is here. */
  turn?: RequestTurn;
  /** Of an upload that is slowed: by the rates of its bucket and its user. */
  pace?: TransferPace;
  /** Of a request with a traffic limit: how long its transfer was held back, or will be. */
  heldBackMs?: number;
  /** Aborted when the client goes away before the answer is complete. */
  readonly signal: AbortSignal;
  /**
   * Row of the request's bucket: one read, however many ask.
   * @throws {StoreFailure} `no-such-bucket`.
   */
  bucketRecord(): Promise<BucketRecord>;
}

/** One right the caller needs. Bucket and key default to the request's own. */
export interface RequiredPermission {
  /** Such as `oss:PutObject`. */
  readonly action: string;
  /** Which half of an ACL decides when no policy does. `owner`: ACLs never grant it. */
  readonly access: 'read' | 'write' | 'owner';
  readonly bucket?: string;
  readonly key?: string;
  /** Of a `key` that is not the request's own. */
  readonly versionId?: string;
  /** The right is about this key of the KMS and no bucket; empty for the default one. */
  readonly kmsKeyId?: string;
}

/**
 * Asks for a right that shows only when the object is known, such as the one on what a symlink leads to.
 * @throws {OssError} `AccessDenied`.
 */
export type RequirePermission = (permission: RequiredPermission) => Promise<void>;

/** What handlers may use. Built once per server. */
export interface OperationContext {
  readonly store: ObjectStore;
  readonly settings: ServerSettings;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  readonly callbacks: CallbackSender;
  /** Domain names that lead to buckets. */
  readonly domains: CustomDomainIndex;
  /** Names that are the server's own. */
  readonly ownNames: OwnNames;
  readonly lookUpTextRecords: TextRecordLookup;
}

/** What a row may ask that finds its sender in the body. */
export interface SenderServices {
  /**
   * Finds out who signed a form.
   * @throws {OssError} As for a signature in a header.
   */
  authenticateForm(signature: FormSignature): Promise<Caller>;
  /** The caller of a form that nobody signed. */
  readonly anonymous: Caller;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
}

/**
 * What can be known of an operation without carrying it out. Everything that depends on which operation is asked for reads it here, and so do the
 * lists in the documents.
 */
export interface OperationFacts<Name extends OperationName> {
  readonly name: Name;
  /** `kept`: it stores, shows or removes a setting that changes nothing else. `not built`: it is recognised and answered with 501. */
  readonly effect: 'works' | 'kept' | 'not built';
  /**
   * What becomes of a caller who did not sign. `always`: everybody may do it. `if granted`: policies and ACLs decide, as for everybody. `never`: it
   * is refused whatever they say.
   */
  readonly anonymous: 'always' | 'if granted' | 'never';
  /** Headers, in lower case, and sub-resources that only this server has; other headers of that kind are refused. */
  readonly extensions?: readonly string[];
  /** Where a user of the public service would notice a difference. Markdown, for one cell of a table. */
  readonly remark?: string;
}

/** An operation that the server carries out. */
export interface BuiltOperation<Name extends OperationName, Input, Output> extends OperationFacts<Name> {
  readonly effect: 'works' | 'kept';
  /** It needs no bucket to be there, because it makes one. */
  readonly makesBucket?: true;
  /** Its body is of any length and becomes an object's: its turn begins behind the last byte of the body, whoever sends that how slowly. */
  readonly isUpload?: true;
  /** Its answer may have a thousand entries. */
  readonly hasLongAnswer?: true;
  /**
   * Reads the beginning of the body to find out who asks for what: the declared exception from "authorized before the body is read", and
   * PostObject's alone, whose form carries key, headers and signature.
   * @returns The request that the form stands for; from here on it is treated as any other.
   * @throws {OssError} For a form, a signature or a policy that is not right.
   */
  unwrap?(request: OperationRequest, senders: SenderServices): Promise<OperationRequest>;
  /** Rights needed, from headers and query alone: the body is not read yet. A row without any is open to no one, unless `anonymous` is `always`. */
  permissions(request: OperationRequest): readonly RequiredPermission[];
  /**
   * Rights that only the body names, such as one for each key of a batch; asked between `parse` and `handle`. A row that has it may need none
   * before, so `parse` must read no more than a small document and change nothing.
   */
  bodyPermissions?(input: Input, request: OperationRequest): readonly RequiredPermission[];
  /**
   * Asks for what the request is about and what `parse` must not come before: the upload of a part. Runs when the caller may do what he asks.
   * @throws {StoreFailure} When it is not there.
   */
  requireTarget?(request: OperationRequest, context: OperationContext): Promise<void>;
  /** Reads headers, query and, for small documents, the body. @throws {OssError} for anything malformed. */
  parse(request: OperationRequest, context: OperationContext): Input | Promise<Input>;
  /** Calls the store. @throws {StoreFailure | OssError} */
  handle(
    input: Input,
    context: OperationContext,
    request: OperationRequest,
    requirePermission: RequirePermission,
  ): Promise<Output>;
  /** Pure. */
  render(output: Output, input: Input, request: OperationRequest, context: OperationContext): OperationResponse;
}

/** An operation that is recognised, so that it is never taken for another, and answered with 501. */
export interface MissingOperation<Name extends OperationName> extends OperationFacts<Name> {
  readonly effect: 'not built';
  readonly anonymous: 'never';
}

/** One operation of a server, whose inputs and outputs the table does not need to know. */
export type OperationRow<Name extends OperationName> = BuiltOperation<Name, never, never> | MissingOperation<Name>;

/** Every operation of the protocol with its own row: `GetObject: putObject` does not compile. */
export type OperationRows = { readonly [Name in OperationName]: OperationRow<Name> };

/** Checks a row's types where it is written; the table sees only whose row it is. */
export function defineOperation<Name extends OperationName, Input, Output>(
  row: BuiltOperation<Name, Input, Output>,
): BuiltOperation<Name, never, never> {
  return row as unknown as BuiltOperation<Name, never, never>;
}

/**
 * Row of an operation that the server does not have.
 * @param extensions Sub-resources by which it is asked for, when the public service has no such operation.
 */
export function missingOperation<const Name extends OperationName>(
  name: Name,
  extensions: readonly string[] = [],
): MissingOperation<Name> {
  return { name, effect: 'not built', anonymous: 'never', extensions };
}
