/**
 * The configurations of a bucket by name, with what each of them is once it is parsed: the one place that says what the
 * plain data in a bucket's row is. Leaves out reading it (`bucket-configurations.ts`).
 */
import type {
  AccessPoint,
  BucketEncryptionRule,
  CnameRecord,
  CnameToken,
  CorsConfiguration,
  LifecycleConfiguration,
  LoggingTarget,
  Payer,
  RedundancyTransition,
  RefererConfiguration,
  Tag,
  WebsiteConfiguration,
  XmlContent,
} from '@annals/protocol';
import type { ObjectWorm, OverwriteRule, RetentionPolicy } from '@annals/store';

/** Documents by a name of their own, such as inventories. */
export type NamedDocuments = Readonly<Record<string, XmlContent>>;

/** Every configuration of a bucket. Members that were never put are missing. */
export interface BucketConfigurations {
  /** The store lets objects of the class Archive be read then. */
  readonly archiveDirectRead?: XmlContent;
  readonly cors?: CorsConfiguration;
  readonly encryption?: BucketEncryptionRule;
  readonly lifecycle?: LifecycleConfiguration;
  readonly logging?: LoggingTarget;
  /** The store enforces it; its name is `OBJECT_WORM_CONFIGURATION`. */
  readonly objectWorm?: ObjectWorm;
  /** The store enforces it; its name is `OVERWRITE_CONFIGURATION`. */
  readonly overwrite?: readonly OverwriteRule[];
  /** The JSON text as it was put. */
  readonly policy?: string;
  readonly publicAccessBlock?: boolean;
  readonly referer?: RefererConfiguration;
  readonly requestPayment?: Payer;
  readonly tags?: readonly Tag[];
  readonly website?: WebsiteConfiguration;
  /** The store enforces it; its name is `RETENTION_CONFIGURATION`. */
  readonly worm?: RetentionPolicy;
  readonly cnames?: readonly CnameRecord[];
  readonly cnameTokens?: readonly CnameToken[];

  // Without effect
  readonly accessMonitor?: XmlContent;
  readonly accessPoints?: readonly AccessPoint[];
  readonly httpsConfig?: XmlContent;
  readonly inventory?: NamedDocuments;
  readonly metaQuery?: XmlContent;
  readonly qosInfo?: XmlContent;
  /** A bucket has one at a time, as none ever ends. */
  readonly redundancyTransition?: RedundancyTransition;
  readonly replication?: NamedDocuments;
  readonly requesterQosInfo?: NamedDocuments;
  readonly resourceGroup?: XmlContent;
  readonly style?: NamedDocuments;
  readonly transferAcceleration?: XmlContent;
  readonly userDefinedLogFields?: XmlContent;
}
