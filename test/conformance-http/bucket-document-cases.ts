/**
 * What is wrong with documents, by kind of configuration: what is missing, unknown, too much or twice, and how it is
 * refused.
 */
import { type DocumentKind, isInvalid, malformed, plain, type Row, tag } from './document-kind.js';
import { invalidArgument, malformedXml } from './error-document.js';
import { LIFECYCLE_DOCUMENT } from './lifecycle-document-cases.js';
import { WEBSITE_DOCUMENT } from './website-document-cases.js';

const NO_TARGET = 'The target bucket for logging does not exist.';

const cors = (content: string) => `<CORSRule>${content}</CORSRule>`;
const ORIGIN = '<AllowedOrigin>*</AllowedOrigin>';
const METHOD = '<AllowedMethod>GET</AllowedMethod>';
const tags = (content: string) => `<TagSet>${content}</TagSet>`;
const sse = (content: string) => `<ApplyServerSideEncryptionByDefault>${content}</ApplyServerSideEncryptionByDefault>`;
const accessPoint = (name: string, origin: string) =>
  `<AccessPointName>${name}</AccessPointName><NetworkOrigin>${origin}</NetworkOrigin>`;
const TAG_INVALID = 'The TagKey you have provided is invalid';

export const DOCUMENT_KINDS: readonly DocumentKind[] = [
  LIFECYCLE_DOCUMENT,
  WEBSITE_DOCUMENT,
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
