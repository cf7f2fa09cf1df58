/**
 * What an operation is, as seen by the pipeline: one row for each operation. The life of a request is target ->
 * signature -> operation -> authorize -> parse -> handle -> render (see `../http/pipeline.ts`); rows hold only the last
 * four steps and know neither sockets nor signatures.
 */
import type { FormSignature, OperationName } from '@annals/protocol';
import type { ObjectStore } from '@annals/store';
import type { CallbackSender } from '../callback/callback-sender.js';
import type { CustomDomainIndex } from '../custom-domains/custom-domain-index.js';
import type { TextRecordLookup } from '../custom-domains/domain-proof.js';
import type { OwnNames } from '../custom-domains/own-names.js';
import type { Caller } from '../request/caller.js';
import type { IdentifiedRequest } from '../request/identified-request.js';
import type { OperationRequest } from '../request/operation-request.js';
import type { RequiredPermission, RequirePermission } from '../request/required-permission.js';
import type { OperationResponse } from '../response.js';
import type { ServerSettings } from '../settings.js';

/** What a server knows of the readers that follow objects. */
export interface FollowerDesk {
  /**
   * A reader begins to follow.
   * @param stop Called when the server stops; at once when it has.
   * @returns What to call when the reader stops. Idempotent.
   */
  begin(stop: () => void): () => void;
}

/** What handlers may use. Built once per server. */
export interface OperationContext {
  readonly followers: FollowerDesk;
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
  /** The caller of an unsigned form. */
  readonly anonymous: Caller;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
}

/**
 * What can be known of an operation without carrying it out. Everything that depends on which operation is asked for
 * reads it here, and so do the lists in the documents.
 */
export interface OperationFacts<Name extends OperationName> {
  readonly name: Name;
  /**
   * `kept`: it stores, shows or removes a setting that changes nothing else. `not built`: it is recognised and answered
   * with 501.
   */
  readonly effect: 'works' | 'kept' | 'not built';
  /**
   * What an anonymous caller may do. `always`: every caller may. `if granted`: policies and ACLs decide, as for every
   * caller. `never`: the server refuses it, independent of policies and ACLs.
   */
  readonly anonymous: 'always' | 'if granted' | 'never';
  /**
   * Whether the audit log records it whatever its request says: it changes rules, not data. Default: when it changes
   * the service or a bucket, by its method and scope.
   */
  readonly changesRules?: boolean;
  /** Headers, in lower case, and sub-resources that only this server has; other headers of that kind are refused. */
  readonly extensions?: readonly string[];
  /** Where a user of the public service would notice a difference. Markdown, for one cell of a table. */
  readonly remark?: string;
}

/** An operation that the server carries out. */
export interface BuiltOperation<Name extends OperationName, Input, Output> extends OperationFacts<Name> {
  readonly effect: 'works' | 'kept';
  /**
   * It needs no bucket to be there, because it makes one, and its `x-oss-acl` is the bucket's. `always`: the name is
   * taken for that of a new one until the operation has looked. `if missing`: it is about one that is there, too.
   */
  readonly makesBucket?: 'always' | 'if missing';
  /**
   * Tells whether a request decides how an object is encrypted, so that it takes the right to the key that the bucket's
   * default encryption names. Default: none does.
   */
  choosesEncryption?(request: OperationRequest): boolean;
  /**
   * Its body is of any length and becomes an object's: its turn begins behind the last byte of the body, however slowly
   * the client sends it.
   */
  readonly isUpload?: true;
  /**
   * Its answer may wait for what others do: it ends its turn itself (`OperationRequest.turn`), so that those it waits
   * for have theirs.
   */
  readonly mayWait?: true;
  /**
   * Reads the beginning of the body to find out who asks for what: the declared exception from "authorized before the
   * body is read", and PostObject's alone, whose form carries key, headers and signature.
   * @returns The request that the form stands for; from here on it is treated as any other.
   * @throws {OssError} For a form, a signature or a policy that is not right.
   */
  unwrap?(request: IdentifiedRequest, senders: SenderServices): Promise<IdentifiedRequest>;
  /**
   * Rights needed, from headers and query alone: the body is not read yet. A row without any is open to no one, unless
   * `anonymous` is `always`.
   */
  permissions(request: OperationRequest): readonly RequiredPermission[];
  /**
   * Rights that only the body names, such as one for each key of a batch; asked between `parse` and `handle`. A row
   * that has it may need none before, so `parse` must read no more than a small document and change nothing.
   */
  bodyPermissions?(input: Input, request: OperationRequest): readonly RequiredPermission[];
  /**
   * Asks for what the request is about, when the request is refused before `handle` would have asked the store: an
   * upload that is not there is said before what is wrong with the request's values.
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
  render(
    output: Output,
    input: Input,
    request: OperationRequest,
    context: OperationContext,
  ): OperationResponse | Promise<OperationResponse>;
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

/** A row as the pipeline sees it, which hands on what the row's own steps give each other. */
export type AnyOperation = BuiltOperation<OperationName, unknown, unknown>;

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
