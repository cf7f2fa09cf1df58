// @ts-check
/**
 * What a person has to say of each operation that the server has: where it is proven, and what a user of the public service would notice.
 * The state itself is never written here: it is read from the server's table. An operation without an entry fails the gate.
 */

const HTTP = 'test/conformance-http';
const MULTIPART = 'packages/store/src/conformance/object-store-multipart.ts';
const VERSIONS = 'packages/store/src/conformance/object-store-versioning.ts';
const LIVE_CHANNELS = [
  'test/conformance-http/live-channels.test.ts',
  'test/conformance-http/live-channel-errors.test.ts',
  'test/access-control/live-channels.test.ts',
  'test/sdk/live-channels.test.ts',
];

/** @typedef {{ tests: readonly string[], notes?: string }} CoverageNote */

/** @type {Readonly<Record<string, CoverageNote>>} */
export const COVERAGE_NOTES = {
  ListBuckets: {
    tests: [HTTP],
    notes:
      'Only the caller’s buckets. `tag-key` and `tag-value` filter by one tag, `tagging` by several (`"k1":"v1","k2":"v2"`, all must fit), not both.',
  },
  GetPublicAccessBlock: { tests: ['test/conformance-http/bucket-rules.test.ts'] },
  PutPublicAccessBlock: { tests: ['test/conformance-http/bucket-rules.test.ts'] },
  DeletePublicAccessBlock: { tests: ['test/conformance-http/bucket-rules.test.ts'] },
  PutBucket: {
    tests: [HTTP],
    notes:
      'No limit of 100 buckets. `x-oss-resource-group-id` is kept (also needs `oss:PutBucketResourceGroup`).  A repeated PUT compares only what it names, and sets the tags of `x-oss-bucket-tagging` (as `x-oss-tagging`, up to 20; also needs `oss:PutBucketTagging`) and the default encryption of the three encryption headers (also needs `oss:PutBucketEncryption`). `x-oss-hns-status: enabled` is refused with 501. Extension: `x-oss-annals-appendable-overwrite` and `x-oss-annals-appendable-copy` (`deny` or `allow`; `default` takes it back) override the settings `appendable.overwrite` and `appendable.copy` in this bucket; GetBucketInfo answers with them.',
  },
  DeleteBucket: { tests: [HTTP] },
  HeadBucket: {
    tests: [`${HTTP}/unmisread-requests.test.ts`],
    notes: 'Takes `oss:GetBucketInfo`, or the right to read the bucket. Without `--region` the region is `oss-annals`.',
  },
  GetBucketInfo: {
    tests: [HTTP],
    notes: 'Endpoints are the Host the request came to. Without `--region` the location is `oss-annals`.',
  },
  GetBucketLocation: { tests: [HTTP] },
  GetBucketAcl: { tests: [HTTP] },
  PutBucketAcl: {
    tests: [HTTP, `${HTTP}/empty-options.test.ts`],
    notes:
      'Without `x-oss-acl` nothing changes. A bucket that is not there is made (class Standard), which takes `oss:PutBucket` besides; without the header it is private.',
  },
  DescribeRegions: {
    tests: ['test/conformance-http/bucket-configurations.test.ts'],
    notes: 'One region; its endpoints are the Host the request came to.',
  },
  GetBucketStat: {
    tests: ['test/sdk/bucket-configurations.test.ts'],
    notes: 'Exact as of the last commit, `LiveChannelCount` too. `LastModifiedTime` is the time of the answer.',
  },
  PutBucketVersioning: {
    tests: ['test/conformance-http/bucket-configurations.test.ts', 'test/sdk/bucket-configurations.test.ts'],
  },
  GetBucketVersioning: {
    tests: ['test/conformance-http/bucket-configurations.test.ts', 'test/sdk/bucket-configurations.test.ts'],
  },
  PutBucketLifecycle: {
    tests: [
      'test/conformance-http/bucket-configurations.test.ts',
      'test/sdk/bucket-configurations.test.ts',
      'test/conformance-http/lifecycle-restart.test.ts',
      'packages/server/src/lifecycle',
      'test/conformance-http/given-back-whole.test.ts',
    ],
    notes:
      'Carried out once a day (`lifecycle.hour`, `lifecycle.interval`). A run that the end of the process breaks off is taken up at the next start. Transitions by access time (`IsAccessTime`) are configuration without effect: kept and given back, never due, because accesses are not recorded. `Days` beside the actions of a rule, as the Android SDK writes them, have no effect, and a rule without anything else is `MalformedXML` (“Action is missing”), both as on the public service. `Date` means everything from that day on, `CreatedBeforeDate` everything older than that day; each comes back as itself. Only enabled rules can overlap each other; rules that want different values of one tag never do, nor do a rule with tags and one without. Overlapping rules must not do the same, nor cross (a colder class or the end no later than a warmer class), unless `x-oss-allow-same-action-overlap` is `true`; ends of uploads must never overlap. A rule that an earlier version stored without understanding it is reported at the start and not run.',
  },
  GetBucketLifecycle: {
    tests: ['test/conformance-http/bucket-configurations.test.ts', 'test/sdk/bucket-configurations.test.ts'],
  },
  DeleteBucketLifecycle: {
    tests: ['test/conformance-http/bucket-configurations.test.ts', 'test/sdk/bucket-configurations.test.ts'],
  },
  PutBucketCors: {
    tests: [
      'test/conformance-http/bucket-configurations.test.ts',
      'test/conformance-http/bucket-rules.test.ts',
      'test/sdk/bucket-configurations.test.ts',
    ],
    notes: '`x-oss-next-append-position`, `x-oss-hash-crc64ecma`, `ETag` and `x-oss-request-id` are always exposed.',
  },
  GetBucketCors: {
    tests: ['test/conformance-http/bucket-configurations.test.ts', 'test/sdk/bucket-configurations.test.ts'],
  },
  DeleteBucketCors: {
    tests: ['test/conformance-http/bucket-configurations.test.ts', 'test/sdk/bucket-configurations.test.ts'],
  },
  PutBucketLogging: {
    tests: [
      'test/conformance-http/bucket-configurations.test.ts',
      'test/conformance-http/bucket-rules.test.ts',
      'test/sdk/bucket-configurations.test.ts',
    ],
    notes:
      'Lines are appended every 10 s to one appendable object per bucket, hour and process; a crash loses the last ones. Signatures and tokens in URLs are blanked out. `LoggingRole` has no effect.',
  },
  GetBucketLogging: {
    tests: ['test/conformance-http/bucket-configurations.test.ts', 'test/sdk/bucket-configurations.test.ts'],
    notes:
      'Where nothing is logged, `LoggingEnabled` is there and empty: the C# SDK fails without it, ali-oss and the Python SDK take what is in it for logging that is on. Such a document may be put.',
  },
  DeleteBucketLogging: {
    tests: ['test/conformance-http/bucket-configurations.test.ts', 'test/sdk/bucket-configurations.test.ts'],
  },
  PutUserDefinedLogFieldsConfig: {
    tests: ['test/conformance-http/bucket-configurations.test.ts'],
    notes: 'Configuration without effect: kept and given back. Lines have the documented fields and no others.',
  },
  GetUserDefinedLogFieldsConfig: { tests: ['test/conformance-http/bucket-configurations.test.ts'] },
  DeleteUserDefinedLogFieldsConfig: { tests: ['test/conformance-http/bucket-configurations.test.ts'] },
  PutBucketReferer: {
    tests: [
      'test/conformance-http/bucket-configurations.test.ts',
      'test/conformance-http/bucket-rules.test.ts',
      'test/sdk/bucket-configurations.test.ts',
    ],
    notes: 'A pattern without wildcards fits the page and what lies below it, never a longer host name.',
  },
  GetBucketReferer: {
    tests: ['test/conformance-http/bucket-configurations.test.ts', 'test/sdk/bucket-configurations.test.ts'],
  },
  PutBucketWebsite: {
    tests: [
      'test/conformance-http/bucket-configurations.test.ts',
      'test/conformance-http/website.test.ts',
      'test/sdk/bucket-configurations.test.ts',
    ],
    notes:
      'Serves unsigned readers. An anonymous root with parameters that name nothing (`utm_source`) is the index page, with those of a listing a listing. An `IndexDocument` without a name beside rules counts as absent; a rule without `RedirectType` is `External`; one of the type `Mirror` takes `HttpErrorCodeReturnedEquals` 404. Routing rules of the types `Mirror` and `Internal` are configuration without effect: kept and given back; a request that meets one gets the error page, and nothing is fetched from anywhere.',
  },
  GetBucketWebsite: {
    tests: ['test/conformance-http/bucket-configurations.test.ts', 'test/sdk/bucket-configurations.test.ts'],
  },
  DeleteBucketWebsite: {
    tests: ['test/conformance-http/bucket-configurations.test.ts', 'test/sdk/bucket-configurations.test.ts'],
  },
  PutBucketEncryption: {
    tests: [
      'test/conformance-http/bucket-configurations.test.ts',
      'test/conformance-http/encryption.test.ts',
      'test/sdk/bucket-configurations.test.ts',
    ],
    notes:
      'Holds for objects whose writers ask for nothing. A key id beside AES256 is dropped. SM4 is stored; writing under such a rule is answered with 501, and with a KMS key that is not there with 403 `KmsServiceNotEnabled`.',
  },
  GetBucketEncryption: {
    tests: ['test/conformance-http/bucket-configurations.test.ts', 'test/sdk/bucket-configurations.test.ts'],
  },
  DeleteBucketEncryption: {
    tests: ['test/conformance-http/bucket-configurations.test.ts', 'test/sdk/bucket-configurations.test.ts'],
  },
  PutBucketTags: {
    tests: ['test/conformance-http/bucket-configurations.test.ts', 'test/sdk/bucket-configurations.test.ts'],
  },
  GetBucketTags: {
    tests: ['test/conformance-http/bucket-configurations.test.ts', 'test/sdk/bucket-configurations.test.ts'],
  },
  DeleteBucketTags: {
    tests: ['test/conformance-http/bucket-configurations.test.ts', 'test/sdk/bucket-configurations.test.ts'],
    notes: '`?tagging=k1,k2` removes only those.',
  },
  PutBucketPolicy: {
    tests: ['test/conformance-http/bucket-configurations.test.ts', 'test/sdk/bucket-configurations.test.ts'],
    notes: 'The text is given back byte for byte.',
  },
  GetBucketPolicy: {
    tests: ['test/conformance-http/bucket-configurations.test.ts', 'test/sdk/bucket-configurations.test.ts'],
  },
  DeleteBucketPolicy: {
    tests: ['test/conformance-http/bucket-configurations.test.ts', 'test/sdk/bucket-configurations.test.ts'],
  },
  GetBucketPolicyStatus: { tests: ['test/conformance-http/bucket-configurations.test.ts'] },
  GetBucketPublicAccessBlock: { tests: ['test/conformance-http/bucket-configurations.test.ts'] },
  PutBucketPublicAccessBlock: { tests: ['test/conformance-http/bucket-configurations.test.ts'] },
  DeleteBucketPublicAccessBlock: { tests: ['test/conformance-http/bucket-configurations.test.ts'] },
  InitiateBucketWorm: {
    tests: [
      'test/conformance-http/bucket-worm.test.ts',
      'test/sdk/bucket-configurations.test.ts',
      'packages/store/src/object-store/retention.test.ts',
    ],
    notes:
      'Extension: `x-oss-annals-worm-append: allow` lets retained objects grow. In a versioned bucket overwriting and deleting without a version are allowed: they destroy nothing.',
  },
  AbortBucketWorm: {
    tests: ['test/conformance-http/bucket-worm.test.ts', 'test/sdk/bucket-configurations.test.ts'],
  },
  GetBucketWorm: {
    tests: ['test/conformance-http/bucket-worm.test.ts', 'test/sdk/bucket-configurations.test.ts'],
  },
  CompleteBucketWorm: {
    tests: ['test/conformance-http/bucket-worm.test.ts', 'test/sdk/bucket-configurations.test.ts'],
  },
  ExtendBucketWorm: {
    tests: ['test/conformance-http/bucket-worm.test.ts', 'test/sdk/bucket-configurations.test.ts'],
  },
  PutBucketObjectWormConfiguration: {
    tests: ['test/conformance-http/object-worm.test.ts', 'packages/store/src/object-store/object-retention.test.ts'],
    notes:
      'Without versioning 400 `OperationNotSupported`; beside a bucket WORM 409 `WORMConfigurationAlreadyExists`, and the other way round. Appending is 400 `OperationNotSupported` from then on. A period out of range is 400 `MalformedXML`.',
  },
  GetBucketObjectWormConfiguration: {
    tests: ['test/conformance-http/object-worm.test.ts'],
    notes: 'Without one 404 `NoSuchObjectWormConfiguration`.',
  },
  PutBucketRequestPayment: {
    tests: [
      'test/conformance-http/bucket-configurations.test.ts',
      'test/conformance-http/bucket-rules.test.ts',
      'test/sdk/bucket-configurations.test.ts',
    ],
    notes:
      'Nobody is billed; whoever is not the owner must send `x-oss-request-payer`, and unsigned requests are refused.',
  },
  GetBucketRequestPayment: {
    tests: ['test/conformance-http/bucket-configurations.test.ts', 'test/sdk/bucket-configurations.test.ts'],
  },
  PutBucketTransferAcceleration: {
    tests: ['test/conformance-http/bucket-configurations.test.ts'],
    notes: 'Configuration without effect: kept and given back. ',
  },
  GetBucketTransferAcceleration: { tests: ['test/conformance-http/bucket-configurations.test.ts'] },
  DeleteBucketTransferAcceleration: {
    tests: ['test/conformance-http/given-back-whole.test.ts'],
    notes: 'The public service documents none and takes it; it needs the right to put the configuration.',
  },
  PutBucketReplication: {
    tests: ['test/conformance-http/bucket-configurations.test.ts'],
    notes:
      'Configuration without effect: kept and given back. Nothing is copied; rules stay in the state `starting`. A second rule with the same ID or to the same bucket is 400 `BucketReplicationAlreadyExist`.',
  },
  DeleteBucketReplication: {
    tests: ['test/conformance-http/bucket-configurations.test.ts'],
    notes: 'Takes effect at once.',
  },
  GetBucketReplication: { tests: ['test/conformance-http/bucket-configurations.test.ts'] },
  GetBucketReplicationLocation: {
    tests: ['test/conformance-http/bucket-configurations.test.ts'],
    notes: 'The only location there is.',
  },
  GetBucketReplicationProgress: {
    tests: ['test/conformance-http/bucket-configurations.test.ts'],
    notes: 'Never any progress.',
  },
  PutBucketRTC: {
    tests: ['test/conformance-http/bucket-configurations.test.ts'],
    notes: 'Configuration without effect: kept and given back. ',
  },
  PutBucketInventory: {
    tests: ['test/conformance-http/bucket-configurations.test.ts', 'test/sdk/bucket-configurations.test.ts'],
    notes:
      'Configuration without effect: kept and given back. No inventory is written. A destination must be `acs:oss:::BUCKET` of a bucket that exists.',
  },
  GetBucketInventory: {
    tests: ['test/conformance-http/bucket-configurations.test.ts', 'test/sdk/bucket-configurations.test.ts'],
  },
  ListBucketInventory: {
    tests: ['test/conformance-http/bucket-configurations.test.ts', 'test/sdk/bucket-configurations.test.ts'],
  },
  DeleteBucketInventory: {
    tests: ['test/conformance-http/bucket-configurations.test.ts', 'test/sdk/bucket-configurations.test.ts'],
  },
  CreateCnameToken: {
    tests: ['test/conformance-http/website.test.ts'],
    notes: 'One that is still valid is given again. Asked for with `cname-verification: dns` only.',
  },
  GetCnameToken: { tests: ['test/conformance-http/website.test.ts'] },
  PutCname: {
    tests: ['test/conformance-http/website.test.ts'],
    notes:
      'Whoever may change the bucket may give it a domain that is no name of the server and no other bucket has; proof by DNS record with `cname-verification: dns`. Certificates are files of the server (`NotImplemented`).',
  },
  DeleteCname: { tests: ['test/conformance-http/website.test.ts'] },
  ListCname: { tests: ['test/conformance-http/website.test.ts'] },
  PutStyle: {
    tests: ['test/conformance-http/bucket-configurations.test.ts'],
    notes:
      'Configuration without effect: kept and given back, with its `category` (`image`, `document` or `video`). Images are not processed.',
  },
  GetStyle: { tests: ['test/conformance-http/bucket-configurations.test.ts'] },
  ListStyle: { tests: ['test/conformance-http/bucket-configurations.test.ts'] },
  DeleteStyle: { tests: ['test/conformance-http/bucket-configurations.test.ts'] },
  PutBucketAccessMonitor: {
    tests: ['test/conformance-http/bucket-configurations.test.ts'],
    notes:
      'Configuration without effect: kept and given back. Access times are not recorded. Disabling it while a lifecycle rule goes by the last access is 400 `InvalidRequest`; which code the public service has is not documented.',
  },
  GetBucketAccessMonitor: { tests: ['test/conformance-http/bucket-configurations.test.ts'] },
  PutBucketArchiveDirectRead: {
    tests: ['test/conformance-http/bucket-configurations.test.ts'],
    notes: 'Objects of the class Archive are then read without restoration.',
  },
  GetBucketArchiveDirectRead: { tests: ['test/conformance-http/bucket-configurations.test.ts'] },
  PutBucketHttpsConfig: {
    tests: ['test/conformance-http/bucket-configurations.test.ts'],
    notes: 'Configuration without effect: kept and given back. TLS versions are those of the server.',
  },
  GetBucketHttpsConfig: { tests: ['test/conformance-http/bucket-configurations.test.ts'] },
  PutBucketResourceGroup: {
    tests: ['test/conformance-http/bucket-configurations.test.ts'],
    notes: 'Configuration without effect: kept and given back. ',
  },
  GetBucketResourceGroup: {
    tests: ['test/conformance-http/bucket-configurations.test.ts'],
    notes: '`rg-default-id` when none was put.',
  },
  CreateBucketDataRedundancyTransition: {
    tests: ['test/conformance-http/redundancy-transition.test.ts'],
    notes:
      'Configuration without effect: kept and given back. The task stays `Queueing` and the bucket LRS. A second one is 409 `BucketDataRedundancyTransitionTaskStatusConflict`.',
  },
  GetBucketDataRedundancyTransition: {
    tests: ['test/conformance-http/redundancy-transition.test.ts'],
    notes: 'Configuration without effect: shows what is kept.',
  },
  ListBucketDataRedundancyTransition: {
    tests: ['test/conformance-http/redundancy-transition.test.ts'],
    notes: 'Configuration without effect: shows what is kept.',
  },
  DeleteBucketDataRedundancyTransition: {
    tests: ['test/conformance-http/redundancy-transition.test.ts'],
    notes:
      'Configuration without effect: removes what is kept. One that is not there is 404 `BucketDataRedundancyTransitionTaskNotExist`.',
  },
  CreateAccessPoint: {
    tests: ['test/conformance-http/access-points.test.ts'],
    notes:
      'Configuration without effect: kept and given back. Nobody answers to an alias, so nothing is reached through one. A taken name is 409 `AccessPointAlreadyExists`; a bucket has 100 at most.',
  },
  GetAccessPoint: {
    tests: ['test/conformance-http/access-points.test.ts'],
    notes: 'Configuration without effect: shows what is kept. Its endpoints end in `.invalid`: they can lead nowhere.',
  },
  ListBucketAccessPoints: {
    tests: ['test/conformance-http/access-points.test.ts'],
    notes:
      'Configuration without effect: shows what is kept. ListAccessPoints of one bucket; needs `oss:ListAccessPoints`. A page has 100 unless `max-keys` says less.',
  },
  DeleteAccessPoint: {
    tests: ['test/conformance-http/access-points.test.ts'],
    notes: 'Configuration without effect: removes what is kept. One that is not there is 404 `NoSuchAccessPoint`.',
  },
  PutAccessPointPolicy: {
    tests: ['test/conformance-http/access-points.test.ts'],
    notes:
      'Configuration without effect: kept and given back byte for byte. It must be JSON with `Version` and `Statement`, of 16 KiB at most; what it grants is not looked at.',
  },
  GetAccessPointPolicy: {
    tests: ['test/conformance-http/access-points.test.ts'],
    notes: 'Configuration without effect: shows what is kept. Without a policy 404 `NoSuchAccessPointPolicy`.',
  },
  DeleteAccessPointPolicy: {
    tests: ['test/conformance-http/access-points.test.ts'],
    notes: 'Configuration without effect: removes what is kept.',
  },
  PutAccessPointPublicAccessBlock: {
    tests: ['test/conformance-http/access-points.test.ts'],
    notes:
      'Configuration without effect: kept and given back. It is the access point’s own: the bucket’s is not touched.',
  },
  GetAccessPointPublicAccessBlock: {
    tests: ['test/conformance-http/access-points.test.ts'],
    notes: 'Configuration without effect: shows what is kept. `true` when none was put.',
  },
  DeleteAccessPointPublicAccessBlock: {
    tests: ['test/conformance-http/access-points.test.ts'],
    notes: 'Configuration without effect: removes what is kept.',
  },
  ListAccessPoints: {
    tests: ['test/conformance-http/access-points.test.ts'],
    notes:
      'Configuration without effect: shows what is kept, of the caller’s buckets. A page has 100 unless `max-keys` says otherwise.',
  },
  ListUserDataRedundancyTransition: {
    tests: ['test/conformance-http/redundancy-transition.test.ts'],
    notes: 'Configuration without effect: shows what is kept, of the caller’s buckets.',
  },
  PutBucketOverwriteConfig: {
    tests: ['test/conformance-http/bucket-configurations.test.ts'],
    notes:
      'Holds in buckets that keep no versions, as `x-oss-forbid-overwrite`. Rules about some principals only are refused with `NotImplemented`.',
  },
  GetBucketOverwriteConfig: { tests: ['test/conformance-http/bucket-configurations.test.ts'] },
  DeleteBucketOverwriteConfig: { tests: ['test/conformance-http/bucket-configurations.test.ts'] },
  OpenMetaQuery: {
    tests: ['test/conformance-http/bucket-configurations.test.ts'],
    notes: 'Configuration without effect: kept and given back. Queries answer 501.',
  },
  CloseMetaQuery: { tests: ['test/conformance-http/bucket-configurations.test.ts'] },
  GetMetaQueryStatus: { tests: ['test/conformance-http/bucket-configurations.test.ts'] },
  PutBucketQosInfo: {
    tests: ['test/conformance-http/bucket-configurations.test.ts'],
    notes: 'Configuration without effect: kept and given back. ',
  },
  GetBucketQosInfo: { tests: ['test/conformance-http/bucket-configurations.test.ts'] },
  DeleteBucketQosInfo: { tests: ['test/conformance-http/bucket-configurations.test.ts'] },
  PutBucketRequesterQosInfo: {
    tests: ['test/conformance-http/bucket-configurations.test.ts'],
    notes: 'Configuration without effect: kept and given back. ',
  },
  GetBucketRequesterQosInfo: { tests: ['test/conformance-http/bucket-configurations.test.ts'] },
  DeleteBucketRequesterQosInfo: { tests: ['test/conformance-http/bucket-configurations.test.ts'] },
  PutLiveChannel: {
    tests: [...LIVE_CHANNELS, 'packages/store/src/conformance/object-store-live-channels.ts'],
    notes:
      'Configuration without effect: kept and given back. No stream is received: nothing listens for RTMP at the addresses in the answer, which are below the Host the request came to. PostVodPlaylist and GetVodPlaylist, which list what was pushed, answer 501. A repeated PUT replaces the channel. `Snapshot` needs all its four members; roles and topics have 256 bytes at most. Only policies grant the operations on channels, never an ACL.',
  },
  PutLiveChannelStatus: {
    tests: LIVE_CHANNELS,
    notes: 'Configuration without effect: kept and given back.',
  },
  GetLiveChannelInfo: {
    tests: LIVE_CHANNELS,
    notes: 'Configuration without effect: shows what is kept, `Snapshot` too.',
  },
  GetLiveChannelStat: {
    tests: LIVE_CHANNELS,
    notes: 'Configuration without effect: `Idle`, or `Disabled` when the channel is; never `Live`.',
  },
  GetLiveChannelHistory: {
    tests: LIVE_CHANNELS,
    notes: 'Configuration without effect: always empty.',
  },
  ListLiveChannel: {
    tests: LIVE_CHANNELS,
    notes:
      'Configuration without effect: shows what is kept. There is no `encoding-type`: control characters in names come as character references.',
  },
  DeleteLiveChannel: {
    tests: LIVE_CHANNELS,
    notes: 'Configuration without effect: removes what is kept. One that is not there is 204 as well.',
  },
  OptionObject: {
    tests: ['test/conformance-http/bucket-rules.test.ts'],
    notes: 'Never signed: a signature in the URL belongs to the request it asks about.',
  },
  ListObjects: {
    tests: [HTTP, 'test/conformance-http/restore.test.ts', 'packages/store/src/conformance/object-store-listing.ts'],
    notes:
      'A marker inside a common prefix skips that prefix. Control characters, which XML cannot carry, come as character references unless `encoding-type=url` is asked for: a strict parser fails loudly, a lenient one reads the true key. `RestoreInfo` says what `x-oss-restore` says; there is no `TransitionTime`.',
  },
  ListObjectsV2: { tests: [HTTP, 'packages/store/src/conformance/object-store-listing.ts'], notes: 'As ListObjects.' },
  PutObject: {
    tests: [HTTP, 'test/encryption'],
    notes:
      'Onto an appendable object: 409 `FileAlreadyExists` unless `appendable.overwrite` allows it. An object belongs to the bucket’s owner, whoever wrote it. Server-side encryption with AES256 and KMS is real ([encryption.md](encryption.md)); SM4 is answered with 501. Callbacks go only to targets of `callback.allow`; `vpcId` and `imageInfo.*` are empty, and `callbackSNI` has no effect (names are always sent and certificates checked).',
  },
  PostObject: {
    tests: [`${HTTP}/post-object.test.ts`, 'test/sdk/form-and-callback.test.ts', 'test/forms'],
    notes:
      'A signature in the head or the URL is checked if there is one, and does not count. V4 policies must fix `x-oss-signature-version`, `x-oss-credential` and `x-oss-date`. `$content-type` is held against the type the object gets. Of a repeated field the first counts; fields in front of the file may have 4 MiB together. A file larger or smaller than the policy allows is `EntityTooLarge` or `EntityTooSmall`. V2 and S3 forms are refused.',
  },
  AppendObject: {
    tests: [HTTP, 'test/encryption', 'test/samples', 'test/growing', 'test/race', 'test/crash'],
    notes:
      'Only the current version of a key grows; one that became current again, because those after it were removed, grows on. No limit on the number of appends; the length limit is a setting. `x-oss-forbid-overwrite` is validated and has no effect: an append never replaces a byte. Conditional headers are refused as on PutObject. An empty append changes nothing, but an ACL sent with it counts. The first append decides about server-side encryption, and the id of a KMS key is refused with `InvalidArgument`.',
  },
  SealAppendObject: {
    tests: [HTTP],
    notes:
      'On by default, without a ticket. The answer has `Content-Length: 0`. Sealing again with the right position is idempotent.',
  },
  GetObject: {
    tests: [HTTP, 'test/growing'],
    notes:
      'A range of a growing object belongs to one moment of it, and counts only while `If-Range` names that state: by its strong etag (with or without quotes) or exactly its time. `bytes=-0` is 416. Texts are compressed as documented; the CRC-64 header stays and is of the uncompressed bytes. Objects of the archive classes must be restored first, or lie in a bucket with direct read (class Archive). `x-oss-process` is refused with 501. `x-oss-expiration` is said of the current version, not of one named by its id and not of a link.',
  },
  HeadObject: {
    tests: [HTTP],
    notes:
      '`Range` and `response-*` have no effect. What GetObject would compress has its headers and no length. `x-oss-expiration` as GetObject. `x-oss-request-charged`, `x-oss-process-status` and `x-oss-transition-time` are never sent: there is one account, there are no events, and times of transitions are not kept.',
  },
  GetObjectMeta: {
    tests: [HTTP, 'test/sdk'],
    notes: 'Also answered to GET, without a body. Times of access and transition are not kept.',
  },
  DeleteObject: {
    tests: [HTTP, 'test/sdk', VERSIONS],
    notes:
      'The bytes are freed in the background. In a versioned bucket each deletion without a version id makes a delete marker, also of a key that is hidden or was never there. Deleting a version by its id takes the owner or a policy with `oss:DeleteObjectVersion`: no ACL grants it.',
  },
  DeleteSymlink: {
    tests: ['test/conformance-http/described-buckets-and-objects.test.ts'],
    notes: 'DeleteObject with `symlink` in the query: the link goes, what it leads to stays.',
  },
  DeleteMultipleObjects: {
    tests: [HTTP],
    notes:
      'A missing `Content-MD5` is accepted, and one of 20 bytes whose first 16 are right (C SDK). An anonymous batch is refused whole when one of its objects is protected by its own ACL, or named with a version id.',
  },
  PutObjectAcl: {
    tests: [HTTP, 'test/sdk'],
    notes: 'A missing or empty `x-oss-object-acl` is `MissingArgument` (EC 0017-00000105).',
  },
  GetObjectAcl: { tests: [HTTP, 'test/sdk'] },
  ListObjectVersions: {
    tests: [HTTP, 'test/sdk', VERSIONS],
    notes:
      '`Version` and `DeleteMarker` elements stand among each other in the order of the listing. A bucket that was never versioned lists its objects with the version id `null`. `RestoreInfo` as ListObjects.',
  },
  PutObjectRetention: {
    tests: [
      'test/conformance-http/object-worm.test.ts',
      'test/access-control/object-worm.test.ts',
      'packages/store/src/object-store/object-retention.test.ts',
    ],
    notes:
      'Both modes. Shortening, or another mode, while one holds is 409 `FileImmutable`; `GOVERNANCE` is shortened with `x-oss-bypass-governance-retention: true` and `oss:BypassGovernanceRetention`, which DeleteObject and DeleteMultipleObjects take too. Dates are cut to whole seconds and lie 100 years ahead at most. Uploads take `x-oss-object-worm-*`, with `oss:PutObjectRetention` and `oss:PutObjectLegalHold`.',
  },
  GetObjectRetention: {
    tests: ['test/conformance-http/object-worm.test.ts'],
    notes: 'Without one 404 `NoSuchObjectRetentionConfiguration`.',
  },
  PutObjectLegalHold: {
    tests: ['test/conformance-http/object-worm.test.ts', 'test/access-control/object-worm.test.ts'],
    notes: 'Holds whatever the retention; nothing gets past it but `OFF`.',
  },
  GetObjectLegalHold: {
    tests: ['test/conformance-http/object-worm.test.ts'],
    notes: 'Never set: 404 `NoSuchObjectLegalHoldConfiguration`.',
  },
  PutObjectTagging: {
    tests: [HTTP, 'test/sdk'],
    notes: 'Only the bucket’s owner and policies allow it, never an ACL.',
  },
  GetObjectTagging: { tests: [HTTP, 'test/sdk'], notes: 'As PutObjectTagging.' },
  DeleteObjectTagging: { tests: [HTTP, 'test/sdk'], notes: 'As PutObjectTagging.' },
  PutSymlink: {
    tests: [HTTP, 'test/sdk'],
    notes:
      'The target is a key of the same bucket and is not looked at. Onto an appendable object as PutObject. The etag is the MD5 of the target’s name. Without `x-oss-symlink-target`: `MissingArgument`.',
  },
  GetSymlink: {
    tests: [HTTP, 'test/sdk'],
    notes:
      'A link is followed once, to the current version of its target, and only for a reader who may read the target too (`oss:GetObject`).',
  },
  InitiateMultipartUpload: {
    tests: [
      `${HTTP}/multipart.test.ts`,
      `${HTTP}/sequential-uploads.test.ts`,
      MULTIPART,
      'test/sdk/multipart-copy.test.ts',
      'test/crash/multipart-kill.soak.test.ts',
    ],
    notes:
      'With `sequential` parts have to come in order from 1, the last one again at most (`PartNotSequential`), and the object has a `Content-MD5` of the whole, unless a part is left out. `versionId` and `If-Modified-Since` are ignored: Go V1 and ossutil send them along; other conditions are refused.',
  },
  UploadPart: {
    tests: [
      `${HTTP}/multipart.test.ts`,
      MULTIPART,
      'test/sdk/multipart-copy.test.ts',
      'test/crash/multipart-kill.soak.test.ts',
    ],
    notes: 'An empty part is accepted. The length of a part is judged when the upload is completed.',
  },
  UploadPartCopy: {
    tests: [`${HTTP}/multipart.test.ts`, MULTIPART, 'test/sdk/multipart-copy.test.ts'],
    notes:
      'A range that is malformed or not within the source copies all of it. From an appendable object: 400 `OperationNotSupported` unless `appendable.copy` allows it. A source that is a delete marker, named by its id, is `InvalidArgument`; a symlink is `OperationNotSupported`. The answer also has `ETag` and `x-oss-hash-crc64ecma`.',
  },
  CompleteMultipartUpload: {
    tests: [
      `${HTTP}/multipart.test.ts`,
      MULTIPART,
      'test/sdk/multipart-copy.test.ts',
      'test/crash/multipart-kill.soak.test.ts',
    ],
    notes:
      'Moves no bytes. The etag is the MD5 of the parts’ MD5s, `-` and their number. Onto an appendable object as PutObject. `x-oss-complete-all` of an upload without parts is `InvalidPart`; a number that no part can have is `InvalidArgument`. Callbacks as PutObject.',
  },
  AbortMultipartUpload: {
    tests: [`${HTTP}/multipart.test.ts`, MULTIPART, 'test/sdk/multipart-copy.test.ts'],
    notes: 'The bytes are freed in the background.',
  },
  ListParts: { tests: [`${HTTP}/multipart-listing.test.ts`, MULTIPART, 'test/sdk/multipart-copy.test.ts'] },
  ListMultipartUploads: {
    tests: [`${HTTP}/multipart-listing.test.ts`, MULTIPART, 'test/sdk/multipart-copy.test.ts'],
    notes:
      'A key marker inside a common prefix skips that prefix. An `upload-id-marker` that is no id counts as absent. The last page names its last upload as well; listings of objects and versions name a marker only where there is more.',
  },
  CopyObject: {
    tests: [
      `${HTTP}/copy.test.ts`,
      'packages/store/src/conformance/object-store-copy.ts',
      'test/sdk/multipart-copy.test.ts',
    ],
    notes:
      'Moves no bytes, whatever the length; sources longer than `limits.body-length` are refused with `EntityTooLarge`. From an appendable object: 400 `OperationNotSupported` unless `appendable.copy` allows it; the copy is then Normal. Onto itself, where no versions are kept: ACL, tags and storage class stay unless named, an appendable object stays appendable, and an archived one must be restored first. In a bucket that keeps versions a copy onto itself is a new version, which also keeps ACL and storage class unless named. Replaced metadata keeps the source’s `x-oss-meta-client-side-encryption-*` and Content-Type unless the request names them. A copy source takes no parameter but `versionId`. A plain `If-*` beside an equal `x-oss-copy-source-if-*` is ignored. Copied multipart objects keep type and etag. Tags that are copied take `oss:GetObjectTagging` on the source and `oss:PutObjectTagging`, which ACLs do not give: a copy by a stranger needs a source without tags or the directive Replace. A delete marker named by its id is `InvalidArgument`.',
  },
  RestoreObject: {
    tests: [
      `${HTTP}/restore.test.ts`,
      'packages/store/src/object-store/restore-object.test.ts',
      'test/sdk/multipart-copy.test.ts',
    ],
    notes:
      'The object can be read at once: the setting `archive.restore-delay` is 0 by default. The first request is answered with 202, further ones with 200. 1 to 365 days for every class, 1 without a number. An appendable object of class Archive takes appends without being restored.',
  },
  CleanRestoredObject: {
    tests: [`${HTTP}/restore.test.ts`, 'packages/store/src/object-store/restore-object.test.ts'],
    notes: 'An object that is not restored is left as it is (200).',
  },
};
