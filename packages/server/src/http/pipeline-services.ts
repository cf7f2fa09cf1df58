/** What requests are answered with. Leaves out answering them (`pipeline.ts`). */
import type { AuditTrail } from '../audit/audit-trail.js';
import type { AccessKeyDirectory } from '../auth/access-key-directory.js';
import type { AuthorizationFacts } from '../auth/authorize.js';
import type { FailedSignatureLimit } from '../auth/failed-signature-limit.js';
import type { CustomDomainIndex } from '../custom-domains/custom-domain-index.js';
import type { Admission } from '../limits/admission.js';
import type { RequestRates } from '../limits/request-rates.js';
import type { TransferRates } from '../limits/transfer-rates.js';
import type { OperationContext, OperationRows } from '../operation-row/operation-row.js';

/** Built once per server. */
export interface PipelineServices {
  /** What is missing is answered as an operation that is not built. */
  readonly operations: Partial<OperationRows>;
  readonly directory: AccessKeyDirectory;
  readonly facts: AuthorizationFacts;
  readonly failures: FailedSignatureLimit;
  readonly context: OperationContext;
  /** Hosts that are no domain of the server's own; without it there are none. */
  readonly domains?: CustomDomainIndex;
  /** Records changes of rules. */
  readonly audit: AuditTrail;
  /** Gives requests their turn at the store. */
  readonly admission: Admission;
  /** Requests a second of buckets and users. */
  readonly rates: RequestRates;
  /** Bytes a second of buckets and users. */
  readonly transfers: TransferRates;
}
