/**
 * What is wrong with documents, by kind of configuration: what is missing, unknown, too much or twice, and how it is
 * refused.
 */
import { type ExactError, invalidArgument, malformedXml } from './error-document.js';

type Row = readonly [what: string, content: string, expected: ExactError];

export interface DocumentKind {
  /** Name of the root element. */
  readonly root: string;
  readonly query: Readonly<Record<string, string>>;
  readonly method?: string;
  /** What a GET answers as long as nothing was put. */
  readonly absent: RegExp;
  readonly rows: readonly Row[];
}

const malformed = malformedXml(/.+/);
/** What the pages on lifecycle documents say, by what is wrong. */
const lifecycleMalformed = { ...malformed, ec: '0014-00000011' };
const unknownInRule = { ...malformed, ec: '0014-00000017' };
const missingAction = { ...malformedXml(/Action is missing/), ec: '0014-00000011' };
const isInvalid = (name: string, value: string): ExactError =>
  invalidArgument(name, value, `The value of ${name} is not valid.`);
const NO_TARGET = 'The target bucket for logging does not exist.';
const plain = (status: number, code: string, message: string, details: ExactError['details'] = []): ExactError => ({
  status,
  code,
  message,
  details,
  ...(code === 'InvalidTag' && { ec: '0010-00000219' }),
});
const conflict = (message: string): ExactError => ({ ...plain(400, 'InvalidRequest', message), ec: '0014-00000080' });

const rule = (actions: string, more = '') => `<Rule>${more}<Prefix>a</Prefix><Status>Enabled</Status>${actions}</Rule>`;
const expires = (content: string) => rule(`<Expiration>${content}</Expiration>`);
const moves = (content: string) => rule(`<Transition>${content}</Transition>`);
const DAYS = '<Days>1</Days>';
const cors = (content: string) => `<CORSRule>${content}</CORSRule>`;
const ORIGIN = '<AllowedOrigin>*</AllowedOrigin>';
const METHOD = '<AllowedMethod>GET</AllowedMethod>';
const tag = (key: string, value = '') => `<Tag><Key>${key}</Key><Value>${value}</Value></Tag>`;
const tags = (content: string) => `<TagSet>${content}</TagSet>`;
const sse = (content: string) => `<ApplyServerSideEncryptionByDefault>${content}</ApplyServerSideEncryptionByDefault>`;
const routing = (content: string) => `<RoutingRules>${content}</RoutingRules>`;
const route = (redirect: string, number = '1', condition = '') =>
  `<RoutingRule><RuleNumber>${number}</RuleNumber>${condition}<Redirect><RedirectType>External</RedirectType>${redirect}</Redirect></RoutingRule>`;
const accessPoint = (name: string, origin: string) =>
  `<AccessPointName>${name}</AccessPointName><NetworkOrigin>${origin}</NetworkOrigin>`;
const index = (content: string) => `<IndexDocument>${content}</IndexDocument>`;
const TAG_INVALID = 'The TagKey you have provided is invalid';

export const DOCUMENT_KINDS: readonly DocumentKind[] = [
  {
    root: 'VersioningConfiguration',
    query: { versioning: '' },
    absent: /<VersioningConfiguration><\/VersioningConfiguration>/,
    rows: [
      ['no status', '', malformed],
      ['an unknown status', '<Status>On</Status>', invalidArgument('Status', 'On')],
    ],
  },
  {
    root: 'LifecycleConfiguration',
    query: { lifecycle: '' },
    absent: /NoSuchLifecycle/,
    rows: [
      ['no rule', '', lifecycleMalformed],
      ['1,001 rules', rule(`<Expiration>${DAYS}</Expiration>`).repeat(1001), lifecycleMalformed],
      ['no status', '<Rule><Expiration><Days>1</Days></Expiration></Rule>', lifecycleMalformed],
      [
        'an unknown status',
        '<Rule><Status>On</Status><Expiration><Days>1</Days></Expiration></Rule>',
        lifecycleMalformed,
      ],
      ['no action', rule(''), missingAction],
      // As one SDK writes the days of an expiration; a rule has no such element.
      ['days beside the actions', rule(DAYS), unknownInRule],
      [
        'a prefix in a filter',
        rule(`<Filter><Prefix>tmp/</Prefix></Filter><Expiration>${DAYS}</Expiration>`),
        unknownInRule,
      ],
      ['a misspelt prefix', rule(`<Prefx>tmp/</Prefx><Expiration>${DAYS}</Expiration>`), unknownInRule],
      ['an empty expiration', expires(''), lifecycleMalformed],
      [
        'days and a date',
        expires(`${DAYS}<CreatedBeforeDate>2025-01-01T00:00:00.000Z</CreatedBeforeDate>`),
        lifecycleMalformed,
      ],
      [
        'days and expired markers',
        expires(`${DAYS}<ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker>`),
        lifecycleMalformed,
      ],
      [
        'no days',
        expires('<Days>0</Days>'),
        invalidArgument('Days', '0', "'Days' in the Expiration action must be a positive integer."),
      ],
      [
        'half a day',
        expires('<Days>1.5</Days>'),
        invalidArgument('Days', '1.5', "'Days' in the Expiration action must be a positive integer."),
      ],
      [
        'a date at noon',
        expires('<CreatedBeforeDate>2025-01-01T12:00:00.000Z</CreatedBeforeDate>'),
        invalidArgument(
          'CreatedBeforeDate',
          '2025-01-01T12:00:00.000Z',
          "'CreatedBeforeDate' must be a midnight GMT in ISO 8601 format.",
        ),
      ],
      ['a transition to nowhere', moves(DAYS), lifecycleMalformed],
      [
        'an unknown class',
        moves(`${DAYS}<StorageClass>Warm</StorageClass>`),
        invalidArgument('StorageClass', 'Warm', "'StorageClass' in the Transition action is not valid."),
      ],
      ['a transition at no time', moves('<StorageClass>IA</StorageClass>'), lifecycleMalformed],
      ['an abortion at no time', rule('<AbortMultipartUpload/>'), lifecycleMalformed],
      ['noncurrent versions at no time', rule('<NoncurrentVersionExpiration/>'), lifecycleMalformed],
      [
        'a tag without key',
        rule(`<Expiration>${DAYS}</Expiration>`, '<Tag><Value>a</Value></Tag>'),
        lifecycleMalformed,
      ],
      [
        'a tag and an abortion',
        rule('<AbortMultipartUpload><Days>1</Days></AbortMultipartUpload>', tag('a')),
        plain(400, 'InvalidRequest', 'Tag cannot be used with the AbortMultipartUpload action.'),
      ],
      [
        'an id of 256 bytes',
        rule(`<Expiration>${DAYS}</Expiration>`, `<ID>${'é'.repeat(128)}</ID>`),
        invalidArgument('ID', 'é'.repeat(128), 'ID length should not exceed allowed limit of 255'),
      ],
      [
        'an id twice',
        rule(`<Expiration>${DAYS}</Expiration>`, '<ID>x</ID>').repeat(2),
        invalidArgument('ID', 'x', 'Rule ID must be unique.'),
      ],
      [
        'one action twice',
        rule(`<Expiration>${DAYS}</Expiration>`).repeat(2),
        conflict('Overlap for same action type Expiration'),
      ],
      [
        'a date for the end and days for a class',
        rule(
          '<Expiration><CreatedBeforeDate>2025-01-01T00:00:00.000Z</CreatedBeforeDate></Expiration><Transition><Days>1</Days><StorageClass>IA</StorageClass></Transition>',
        ),
        conflict('Found mixed CreatedBeforeDate and Days based Expiration and Transition for StorageClass IA actions'),
      ],
    ],
  },
  {
    root: 'CORSConfiguration',
    query: { cors: '' },
    absent: /NoSuchCORSConfiguration/,
    rows: [
      ['no rule', '', { ...malformed, ec: '0034-00000002' }],
      [
        'eleven rules',
        cors(ORIGIN + METHOD).repeat(11),
        plain(400, 'CORSRuleBeyondLimit', 'The number of CORS rules exceeds the maximum allowed.'),
      ],
      [
        'more than 16 KiB',
        cors(`${ORIGIN}${METHOD}<!--${'x'.repeat(16_384)}-->`),
        { ...malformed, ec: '0017-00000501' },
      ],
      ['no origin', cors(METHOD), malformed],
      ['no method', cors(ORIGIN), malformed],
      [
        'an unknown method',
        cors(`${ORIGIN}<AllowedMethod>PATCH</AllowedMethod>`),
        { ...isInvalid('AllowedMethod', 'PATCH'), ec: '0034-00000011' },
      ],
      [
        'an origin with two wildcards',
        cors(`${METHOD}<AllowedOrigin>*.*</AllowedOrigin>`),
        isInvalid('AllowedOrigin', '*.*'),
      ],
      [
        'a header with two wildcards',
        cors(`${ORIGIN}${METHOD}<AllowedHeader>x-*-*</AllowedHeader>`),
        isInvalid('AllowedHeader', 'x-*-*'),
      ],
      [
        'a wildcard among what is shown',
        cors(`${ORIGIN}${METHOD}<ExposeHeader>*</ExposeHeader>`),
        isInvalid('ExposeHeader', '*'),
      ],
      ['an age that is no number', cors(`${ORIGIN}${METHOD}<MaxAgeSeconds>long</MaxAgeSeconds>`), malformed],
      [
        'an age of 32 years',
        cors(`${ORIGIN}${METHOD}<MaxAgeSeconds>1000000000</MaxAgeSeconds>`),
        isInvalid('MaxAgeSeconds', '1000000000'),
      ],
      ['a flag that is none', `${cors(ORIGIN + METHOD)}<ResponseVary>yes</ResponseVary>`, malformed],
    ],
  },
  {
    root: 'BucketLoggingStatus',
    query: { logging: '' },
    absent: /<BucketLoggingStatus><LoggingEnabled><\/LoggingEnabled><\/BucketLoggingStatus>/,
    rows: [
      [
        'no target',
        '<LoggingEnabled><TargetPrefix>a</TargetPrefix></LoggingEnabled>',
        { ...malformed, ec: '0032-00000002' },
      ],
      [
        'a prefix that no key can have',
        `<LoggingEnabled><TargetBucket>documents</TargetBucket><TargetPrefix>/a</TargetPrefix></LoggingEnabled>`,
        malformed,
      ],
      [
        'a target that is not there',
        '<LoggingEnabled><TargetBucket>not-there</TargetBucket></LoggingEnabled>',
        { ...plain(400, 'InvalidTargetBucketForLogging', NO_TARGET), ec: '0032-00000008' },
      ],
      [
        'an empty target',
        '<LoggingEnabled><TargetBucket></TargetBucket></LoggingEnabled>',
        { ...malformed, ec: '0032-00000003' },
      ],
      [
        'a target that cannot be',
        '<LoggingEnabled><TargetBucket>X</TargetBucket></LoggingEnabled>',
        { ...plain(400, 'InvalidTargetBucketForLogging', NO_TARGET), ec: '0032-00000004' },
      ],
    ],
  },
  {
    root: 'RefererConfiguration',
    query: { referer: '' },
    absent: /<AllowEmptyReferer>true</,
    rows: [
      ['no flag', '<RefererList/>', malformed],
      ['a flag that is none', '<AllowEmptyReferer>yes</AllowEmptyReferer>', malformed],
      [
        'a path cut off and a query kept',
        '<AllowEmptyReferer>true</AllowEmptyReferer><AllowTruncateQueryString>false</AllowTruncateQueryString><TruncatePath>true</TruncatePath>',
        malformed,
      ],
    ],
  },
  {
    root: 'WebsiteConfiguration',
    query: { website: '' },
    absent: /NoSuchWebsiteConfiguration/,
    rows: [
      ['nothing', '', malformed],
      ['an index without name', index(''), malformed],
      ['an index in a folder', index('<Suffix>a/b</Suffix>'), isInvalid('Suffix', 'a/b')],
      ['an unknown way to look', index('<Suffix>a</Suffix><Type>3</Type>'), isInvalid('Type', '3')],
      ['an error page without name', '<ErrorDocument/>', malformed],
      [
        'an error page with a status of its own',
        '<ErrorDocument><Key>e</Key><HttpStatus>418</HttpStatus></ErrorDocument>',
        isInvalid('HttpStatus', '418'),
      ],
      ['21 routes', routing(Array.from({ length: 21 }, (_, at) => route('', String(at + 1))).join('')), malformed],
      ['a number twice', routing(route('').repeat(2)), malformed],
      ['the number 0', routing(route('', '0')), malformed],
      ['no redirect', routing('<RoutingRule><RuleNumber>1</RuleNumber></RoutingRule>'), malformed],
      [
        'an unknown kind',
        routing(
          '<RoutingRule><RuleNumber>1</RuleNumber><Redirect><RedirectType>Far</RedirectType></Redirect></RoutingRule>',
        ),
        isInvalid('RedirectType', 'Far'),
      ],
      ['an unknown protocol', routing(route('<Protocol>ftp</Protocol>')), isInvalid('Protocol', 'ftp')],
      [
        'an unknown code',
        routing(route('<HttpRedirectCode>200</HttpRedirectCode>')),
        isInvalid('HttpRedirectCode', '200'),
      ],
      ['a host that is none', routing(route('<HostName>a b</HostName>')), isInvalid('HostName', 'a b')],
      [
        'both replacements',
        routing(route('<ReplaceKeyWith>a</ReplaceKeyWith><ReplaceKeyPrefixWith>b</ReplaceKeyPrefixWith>')),
        malformed,
      ],
      [
        'a condition on a header without name',
        routing(route('', '1', '<Condition><IncludeHeader><Equals>a</Equals></IncludeHeader></Condition>')),
        malformed,
      ],
      [
        'a condition on another error',
        routing(
          route('', '1', '<Condition><HttpErrorCodeReturnedEquals>500</HttpErrorCodeReturnedEquals></Condition>'),
        ),
        isInvalid('HttpErrorCodeReturnedEquals', '500'),
      ],
    ],
  },
  {
    root: 'ServerSideEncryptionRule',
    query: { encryption: '' },
    absent: /NoSuchServerSideEncryptionRule/,
    rows: [
      ['nothing', '', malformed],
      ['no algorithm', sse(''), malformed],
      [
        'an unknown algorithm',
        sse('<SSEAlgorithm>DES</SSEAlgorithm>'),
        plain(
          400,
          'InvalidEncryptionAlgorithmError',
          'The Encryption request you specified is not valid. Supported value: AES256/SM4/KMS.',
        ),
      ],
      [
        'an unknown one below KMS',
        sse('<SSEAlgorithm>KMS</SSEAlgorithm><KMSDataEncryption>DES</KMSDataEncryption>'),
        {
          ...plain(
            400,
            'InvalidDataEncryptionAlgorithmError',
            'The Encryption request you specified is not valid. Supported value:SM4',
          ),
          ec: '0005-00000203',
        },
      ],
      [
        'a key with an algorithm that has none',
        sse('<SSEAlgorithm>SM4</SSEAlgorithm><KMSMasterKeyID>k</KMSMasterKeyID>'),
        {
          ...invalidArgument(
            'SSEAlgorithm',
            'SM4',
            'KMSMasterKeyID and KMSDataEncryption are only valid if SSEAlgorithm is KMS.',
          ),
          ec: '0005-00000204',
        },
      ],
    ],
  },
  {
    root: 'Tagging',
    query: { tagging: '' },
    absent: /<TagSet><\/TagSet>/,
    rows: [
      ['no set', '', malformed],
      ['a tag without key', tags('<Tag><Value>a</Value></Tag>'), malformed],
      [
        '21 tags',
        tags(Array.from({ length: 21 }, (_, at) => tag(`k${at}`)).join('')),
        plain(400, 'TooManyTags', 'The number of tags exceeds the maximum allowed.'),
      ],
      [
        'a key twice',
        tags(tag('a', '1') + tag('a', '2')),
        { ...plain(400, 'RepeatedTags', 'Tag keys must be unique.'), ec: '0010-00000210' },
      ],
      ['an empty key', tags(tag('')), plain(400, 'InvalidTag', TAG_INVALID)],
      [
        'a key of 65 bytes',
        tags(tag('k'.repeat(65))),
        plain(400, 'InvalidTag', TAG_INVALID, [['TagKey', 'k'.repeat(65)]]),
      ],
      [
        'a value of 129 bytes',
        tags(tag('k', 'v'.repeat(129))),
        plain(400, 'InvalidTag', 'The TagValue you have provided is invalid', [
          ['TagKey', 'k'],
          ['TagValue', 'v'.repeat(129)],
        ]),
      ],
    ],
  },
  {
    root: 'InitiateWormConfiguration',
    query: { worm: '' },
    method: 'POST',
    absent: /NoSuchWORMConfiguration/,
    rows: [
      ['no period', '', plain(400, 'InvalidWORMConfiguration', 'Invalid WORM Configuration.')],
      ...['0', '25551', 'x'].map(
        (days): Row => [
          `${days} days`,
          `<RetentionPeriodInDays>${days}</RetentionPeriodInDays>`,
          plain(400, 'InvalidWORMConfiguration', 'Invalid WORM Configuration.', [['RetentionPeriodInDays', days]]),
        ],
      ),
    ],
  },
  {
    root: 'RequestPaymentConfiguration',
    query: { requestPayment: '' },
    absent: /<Payer>BucketOwner</,
    rows: [
      ['no payer', '', malformed],
      ['an unknown payer', '<Payer>Me</Payer>', malformed],
    ],
  },
  {
    root: 'PublicAccessBlockConfiguration',
    query: { publicAccessBlock: '' },
    absent: /<BlockPublicAccess>false</,
    rows: [
      ['no flag', '', malformed],
      ['a flag that is none', '<BlockPublicAccess>1</BlockPublicAccess>', malformed],
    ],
  },
  {
    root: 'OverwriteConfiguration',
    query: { overwriteConfig: '' },
    absent: /NoSuchConfiguration/,
    rows: [
      ['no rule', '', malformed],
      ['101 rules', '<Rule><Action>forbid</Action></Rule>'.repeat(101), malformed],
      ['an id twice', '<Rule><ID>x</ID><Action>forbid</Action></Rule>'.repeat(2), malformed],
      ['an unknown action', '<Rule><Action>allow</Action></Rule>', malformed],
    ],
  },
  {
    root: 'ReplicationConfiguration',
    query: { replication: '', comp: 'add' },
    method: 'POST',
    absent: /NoSuchReplicationConfiguration/,
    rows: [
      ['no rule', '', { ...malformed, ec: '0031-00000001' }],
      ['a rule to nowhere', '<Rule><ID>a</ID></Rule>', { ...malformed, ec: '0031-00000001' }],
    ],
  },
  {
    root: 'InventoryConfiguration',
    query: { inventory: '', inventoryId: 'a' },
    absent: /NoSuchInventory/,
    rows: [
      [
        'another id',
        '<Id>b</Id>',
        invalidArgument('inventoryId', 'a', 'The Id of the document and the inventoryId of the request differ.'),
      ],
    ],
  },
  {
    root: 'CreateAccessPointConfiguration',
    query: { accessPoint: '' },
    absent: /<ListAccessPointsResult>(?![\s\S]*<AccessPoint>)/,
    rows: [
      ['no name', '<NetworkOrigin>internet</NetworkOrigin>', malformed],
      ['no origin', '<AccessPointName>ap-01</AccessPointName>', malformedXml('NetworkOrigin must be internet or vpc.')],
      ['an unknown origin', accessPoint('ap-01', 'moon'), malformedXml('NetworkOrigin must be internet or vpc.')],
      ['a VPC that is not named', accessPoint('ap-01', 'vpc'), malformedXml('The NetworkOrigin vpc needs a VpcId.')],
      [
        'a VPC with a space',
        `${accessPoint('ap-01', 'vpc')}<VpcConfiguration><VpcId>a b</VpcId></VpcConfiguration>`,
        malformedXml('VpcId is not valid.'),
      ],
      ...['ab', 'a'.repeat(20), '-ap', 'ap-', 'Ap1', 'a_b', 'a-ossalias'].map(
        (name): Row => [`the name ${name}`, accessPoint(name, 'internet'), invalidArgument('AccessPointName', name)],
      ),
    ],
  },
  { root: 'Style', query: { style: '', styleName: 'a' }, absent: /NoSuchStyle/, rows: [['no content', '', malformed]] },
  {
    root: 'BucketCnameConfiguration',
    query: { cname: '', comp: 'add' },
    method: 'POST',
    absent: /<ListCnameResult>(?![\s\S]*<Cname>)/,
    rows: [
      ['no domain', '', malformed],
      [
        'a domain that is none',
        '<Cname><Domain>a_b.c</Domain></Cname>',
        invalidArgument('Domain', 'a_b.c', 'The domain is not valid.'),
      ],
    ],
  },
  ...(
    [
      [
        'TransferAccelerationConfiguration',
        'transferAcceleration',
        /NoSuchTransferAcceleration/,
        ['', '<Enabled>1</Enabled>', '<Enabled/>'],
      ],
      ['AccessMonitorConfiguration', 'accessmonitor', />Disabled</, ['', '<Status>enabled</Status>']],
      ['ArchiveDirectReadConfiguration', 'bucketArchiveDirectRead', />false</, ['', '<Enabled>yes</Enabled>']],
      [
        'HttpsConfiguration',
        'httpsConfig',
        />false</,
        ['', '<TLS/>', '<TLS><Enable>true</Enable><TLSVersion>SSLv3</TLSVersion></TLS>'],
      ],
      [
        'BucketResourceGroupConfiguration',
        'resourceGroup',
        />rg-default-id</,
        ['', '<ResourceGroupId><a>1</a></ResourceGroupId>'],
      ],
      [
        'UserDefinedLogFieldsConfiguration',
        'userDefinedLogFieldsConfig',
        /NoSuchConfiguration/,
        ['<HeaderSet><header/></HeaderSet>'],
      ],
      ['QoSConfiguration', 'qosInfo', /NoSuchConfiguration/, ['<TotalQps>many</TotalQps>', '<TotalQps>-2</TotalQps>']],
    ] as const
  ).map(
    ([root, name, absent, contents]): DocumentKind => ({
      root,
      query: { [name]: '' },
      absent,
      rows: contents.map((content): Row => [content || 'nothing', content, malformed]),
    }),
  ),
];
