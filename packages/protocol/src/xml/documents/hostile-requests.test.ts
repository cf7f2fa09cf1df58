/**
 * Every reader of a request's document against thousands of spoiled ones: read, or refused with a code that its comment
 * names, in bounded memory.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type DocumentReader, readSpoiledDocuments } from '../../../../../test/harness/hostile-documents.js';
import { LIMITS } from '../../limits.js';
import { validateTags } from '../../tagging.js';
import { renderXml } from '../render-xml.js';
import { parseCreateAccessPoint } from './access-point.js';
import { parseCnameRequest, renderCnameRequest } from './cname.js';
import { parseCompleteMultipartUpload } from './complete-multipart-upload.js';
import { parseCorsConfiguration, renderCorsConfiguration } from './cors-configuration.js';
import { parseCreateBucketConfiguration } from './create-bucket.js';
import { parseDeleteObjectsRequest } from './delete-objects.js';
import { parseEncryptionRule, renderEncryptionRule } from './encryption-rule.js';
import { parseLifecycleConfiguration, renderLifecycleConfiguration } from './lifecycle-configuration.js';
import { validateLifecycleRules } from './lifecycle-rules.js';
import { parseLiveChannelConfiguration, renderLiveChannelConfiguration } from './live-channel.js';
import { parseLoggingStatus, renderLoggingStatus } from './logging-status.js';
import {
  parseLegalHold,
  parseObjectWormConfiguration,
  parseRetention,
  renderLegalHold,
  renderObjectWormConfiguration,
  renderRetention,
} from './object-worm.js';
import { parseOverwriteConfiguration, renderOverwriteConfiguration } from './overwrite-configuration.js';
import { parsePlainConfiguration } from './plain-configuration.js';
import { parseRefererConfiguration, renderRefererConfiguration } from './referer-configuration.js';
import { parseRestoreRequest } from './restore-request.js';
import { parsePublicAccessBlock, parseRequestPayment } from './single-value.js';
import { parseTagging, renderTagging } from './tagging.js';
import { parseVersioningConfiguration } from './versioning.js';
import { parseWebsiteConfiguration, renderWebsiteConfiguration } from './website-configuration.js';
import { parseRetentionPeriod } from './worm-configuration.js';

/** Readers of requests: the server's. */
const REQUESTS: Readonly<Record<string, DocumentReader>> = {
  parseCompleteMultipartUpload: {
    read: parseCompleteMultipartUpload,
    refusals: ['InvalidArgument'],
    documents: [
      '<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>"A"</ETag></Part></CompleteMultipartUpload>',
      '<CompleteMultipartUpload><Part><ETag>A</ETag><PartNumber>2</PartNumber></Part><Part><PartNumber>1</PartNumber><ETag/></Part></CompleteMultipartUpload>',
    ],
  },
  parseDeleteObjectsRequest: {
    read: parseDeleteObjectsRequest,
    documents: [
      '<Delete><Quiet>true</Quiet><Object><Key>a&amp;b</Key></Object></Delete>',
      '<Delete><Object><Key>日</Key><VersionId>null</VersionId></Object><Object><Key>b</Key></Object></Delete>',
    ],
  },
  parseTagging: {
    read: (document) => {
      const tags = parseTagging(document);
      validateTags(tags, LIMITS.objectTagCountMax);
      return renderTagging(tags);
    },
    refusals: ['InvalidTag', 'RepeatedTags', 'BadRequest'],
    documents: [
      '<Tagging><TagSet><Tag><Key>a</Key><Value>1</Value></Tag><Tag><Key>b</Key></Tag></TagSet></Tagging>',
      '<Tagging><TagSet/></Tagging>',
    ],
  },
  parseLifecycleConfiguration: {
    read: (document) => {
      const configuration = parseLifecycleConfiguration(document);
      validateLifecycleRules(configuration.rules, false);
      return renderLifecycleConfiguration(configuration);
    },
    refusals: ['InvalidArgument', 'InvalidRequest', 'InvalidTag', 'RepeatedTags', 'BadRequest'],
    documents: [
      '<LifecycleConfiguration><Rule><ID>a</ID><Prefix>p</Prefix><Status>Enabled</Status><Expiration><Days>9</Days></Expiration></Rule></LifecycleConfiguration>',
      '<LifecycleConfiguration><Rule><Status>Disabled</Status><Tag><Key>k</Key></Tag><Transition><Days>3</Days><StorageClass>IA</StorageClass></Transition></Rule></LifecycleConfiguration>',
      '<LifecycleConfiguration><Rule><Status>Enabled</Status><Filter><ObjectSizeLessThan>9</ObjectSizeLessThan><Not><Prefix>x</Prefix></Not></Filter><AbortMultipartUpload><CreatedBeforeDate>2020-01-01T00:00:00.000Z</CreatedBeforeDate></AbortMultipartUpload></Rule></LifecycleConfiguration>',
      '<LifecycleConfiguration><Rule><Status>Enabled</Status><Transition><Days>1</Days><IsAccessTime>true</IsAccessTime><StorageClass>IA</StorageClass></Transition></Rule></LifecycleConfiguration>',
      '<LifecycleConfiguration><Rule><Status>Enabled</Status><NoncurrentVersionExpiration><NoncurrentDays>5</NoncurrentDays></NoncurrentVersionExpiration></Rule></LifecycleConfiguration>',
    ],
  },
  parseCorsConfiguration: {
    read: (document) => renderCorsConfiguration(parseCorsConfiguration(document)),
    refusals: ['InvalidArgument', 'CORSRuleBeyondLimit'],
    documents: [
      '<CORSConfiguration><CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod></CORSRule></CORSConfiguration>',
      '<CORSConfiguration><CORSRule><AllowedOrigin>a</AllowedOrigin><AllowedMethod>PUT</AllowedMethod><AllowedHeader>x</AllowedHeader><MaxAgeSeconds>5</MaxAgeSeconds></CORSRule><ResponseVary>true</ResponseVary></CORSConfiguration>',
      `<CORSConfiguration>${'<CORSRule/>'.repeat(10)}</CORSConfiguration>`,
    ],
  },
  parseRefererConfiguration: {
    read: (document) => renderRefererConfiguration(parseRefererConfiguration(document)),
    documents: [
      '<RefererConfiguration><AllowEmptyReferer>true</AllowEmptyReferer><RefererList><Referer>http://a</Referer></RefererList></RefererConfiguration>',
      '<RefererConfiguration><AllowEmptyReferer>false</AllowEmptyReferer><TruncatePath>true</TruncatePath><RefererBlacklist/></RefererConfiguration>',
    ],
  },
  parseWebsiteConfiguration: {
    read: (document) => renderWebsiteConfiguration(parseWebsiteConfiguration(document)),
    refusals: ['InvalidArgument'],
    documents: [
      '<WebsiteConfiguration><IndexDocument><Suffix>i</Suffix><Type>1</Type></IndexDocument><ErrorDocument><Key>e</Key></ErrorDocument></WebsiteConfiguration>',
      '<WebsiteConfiguration><RoutingRules><RoutingRule><RuleNumber>1</RuleNumber><Redirect><RedirectType>AliCDN</RedirectType></Redirect></RoutingRule></RoutingRules></WebsiteConfiguration>',
      '<WebsiteConfiguration><RoutingRules><RoutingRule><RuleNumber>1</RuleNumber><Condition><IncludeHeader><Key>a</Key></IncludeHeader></Condition><Redirect><RedirectType>Mirror</RedirectType></Redirect></RoutingRule></RoutingRules></WebsiteConfiguration>',
    ],
  },
  parseEncryptionRule: {
    read: (document) => renderEncryptionRule(parseEncryptionRule(document)),
    refusals: ['InvalidEncryptionAlgorithmError', 'InvalidDataEncryptionAlgorithmError', 'InvalidArgument'],
    documents: [
      '<ServerSideEncryptionRule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>KMS</SSEAlgorithm><KMSMasterKeyID>k</KMSMasterKeyID><KMSDataEncryption>SM4</KMSDataEncryption></ApplyServerSideEncryptionByDefault></ServerSideEncryptionRule>',
      '<ServerSideEncryptionRule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm></ApplyServerSideEncryptionByDefault></ServerSideEncryptionRule>',
    ],
  },
  parseLoggingStatus: {
    read: (document) => renderLoggingStatus(parseLoggingStatus(document)),
    documents: [
      '<BucketLoggingStatus><LoggingEnabled><TargetBucket>b</TargetBucket><TargetPrefix>p</TargetPrefix></LoggingEnabled></BucketLoggingStatus>',
      '<BucketLoggingStatus/>',
    ],
  },
  parseLiveChannelConfiguration: {
    read: (document) => renderLiveChannelConfiguration(parseLiveChannelConfiguration(document)),
    refusals: ['InvalidArgument'],
    documents: [
      '<LiveChannelConfiguration><Description>d</Description><Status>enabled</Status><Target><Type>HLS</Type><FragDuration>5</FragDuration><FragCount>3</FragCount><PlaylistName>p.m3u8</PlaylistName></Target></LiveChannelConfiguration>',
      '<LiveChannelConfiguration><Target><Type>HLS</Type></Target><Snapshot><RoleName>r</RoleName><DestBucket>b-1</DestBucket><NotifyTopic>t</NotifyTopic><Interval>9</Interval></Snapshot></LiveChannelConfiguration>',
    ],
  },
  parseRequestPayment: {
    read: parseRequestPayment,
    documents: ['<RequestPaymentConfiguration><Payer>Requester</Payer></RequestPaymentConfiguration>'],
  },
  parsePublicAccessBlock: {
    read: parsePublicAccessBlock,
    documents: [
      '<PublicAccessBlockConfiguration><BlockPublicAccess>true</BlockPublicAccess></PublicAccessBlockConfiguration>',
    ],
  },
  parseCnameRequest: {
    read: (document) => renderCnameRequest(parseCnameRequest(document)),
    refusals: ['InvalidArgument', 'NotImplemented'],
    documents: [
      '<BucketCnameConfiguration><Cname><Domain>A.b</Domain></Cname></BucketCnameConfiguration>',
      '<BucketCnameConfiguration><Cname><Domain>a.b</Domain><CertificateConfiguration/></Cname></BucketCnameConfiguration>',
    ],
  },
  parseCreateAccessPoint: {
    read: parseCreateAccessPoint,
    refusals: ['InvalidArgument'],
    documents: [
      '<CreateAccessPointConfiguration><AccessPointName>ap-01</AccessPointName><NetworkOrigin>vpc</NetworkOrigin><VpcConfiguration><VpcId>vpc-1</VpcId></VpcConfiguration></CreateAccessPointConfiguration>',
      '<CreateAccessPointConfiguration><AccessPointName>ap-01</AccessPointName><NetworkOrigin>internet</NetworkOrigin></CreateAccessPointConfiguration>',
    ],
  },
  parseObjectWormConfiguration: {
    read: (document) => renderObjectWormConfiguration(parseObjectWormConfiguration(document)),
    refusals: ['InvalidArgument'],
    documents: [
      '<ObjectWormConfiguration><ObjectWormEnabled>Enabled</ObjectWormEnabled><Rule><DefaultRetention><Mode>COMPLIANCE</Mode><Days>1</Days></DefaultRetention></Rule></ObjectWormConfiguration>',
      '<ObjectWormConfiguration><ObjectWormEnabled>Enabled</ObjectWormEnabled><Rule><DefaultRetention><Mode>GOVERNANCE</Mode><Years>9</Years></DefaultRetention></Rule></ObjectWormConfiguration>',
    ],
  },
  parseRetention: {
    read: (document) => renderRetention(parseRetention(document, 0)),
    refusals: ['InvalidArgument'],
    documents: [
      '<Retention><Mode>COMPLIANCE</Mode><RetainUntilDate>2027-01-01T00:00:00.000Z</RetainUntilDate></Retention>',
    ],
  },
  parseLegalHold: {
    read: (document) => renderLegalHold(parseLegalHold(document)),
    refusals: ['InvalidArgument'],
    documents: ['<LegalHold><Status>ON</Status></LegalHold>', '<LegalHold><Status>OFF</Status></LegalHold>'],
  },
  parseRetentionPeriod: {
    read: (document) => parseRetentionPeriod(document, 'InitiateWormConfiguration'),
    refusals: ['InvalidWORMConfiguration'],
    documents: [
      '<InitiateWormConfiguration><RetentionPeriodInDays>365</RetentionPeriodInDays></InitiateWormConfiguration>',
    ],
  },
  parseCreateBucketConfiguration: {
    read: parseCreateBucketConfiguration,
    documents: [
      '<CreateBucketConfiguration><LocationConstraint>oss-a</LocationConstraint><StorageClass>IA</StorageClass></CreateBucketConfiguration>',
      '<CreateBucketConfiguration><DataRedundancyType>ZRS</DataRedundancyType></CreateBucketConfiguration>',
    ],
  },
  parseVersioningConfiguration: {
    read: parseVersioningConfiguration,
    refusals: ['InvalidArgument'],
    documents: ['<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>'],
  },
  parseOverwriteConfiguration: {
    read: (document) => renderOverwriteConfiguration(parseOverwriteConfiguration(document)),
    refusals: ['NotImplemented'],
    documents: [
      '<OverwriteConfiguration><Rule><ID>a</ID><Action>forbid</Action><Prefix>p</Prefix></Rule></OverwriteConfiguration>',
      '<OverwriteConfiguration><Rule><Action>forbid</Action><Principals><Principal>*</Principal></Principals></Rule></OverwriteConfiguration>',
    ],
  },
  parseRestoreRequest: {
    read: parseRestoreRequest,
    refusals: ['InvalidArgument'],
    documents: [
      '<RestoreRequest><Days>2</Days><JobParameters><Tier>Bulk</Tier></JobParameters></RestoreRequest>',
      '<RestoreRequest/>',
    ],
  },
  parsePlainConfiguration: {
    read: (document) => renderXml('Style', parsePlainConfiguration(document, 'Style')),
    documents: ['<Style><Content>image/resize,p_50</Content></Style>', '<Style><A><B>1</B><B/><C> </C></A></Style>'],
  },
};

it('every reader of a document is in a table, here or of the answers', () => {
  const folder = new URL('.', import.meta.url);
  const names = readdirSync(folder)
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .flatMap((name) =>
      [...textOf(name).matchAll(/export function (parse\w+)\(\s*document\b/g)].map(([, reader]) => reader),
    );
  expect(names.length).toBeGreaterThan(30);
  const tables = `${textOf('hostile-requests.test.ts')}${textOf('hostile-answers.test.ts')}`;
  expect(names.filter((name) => !tables.includes(`\n  ${name}: {\n`))).toEqual([]);

  function textOf(name: string): string {
    return readFileSync(new URL(name, folder), 'utf8');
  }
});

/**
 * Each document with one thing more in it: an unknown element at every place, text beside elements, and each
 * element twice.
 */
function* withOneThingMore(document: string): Generator<string> {
  for (const { index, 0: tag } of document.matchAll(/<(\w+)>/g)) {
    const behind = index + tag.length;
    yield `${document.slice(0, behind)}<Filter>1</Filter>${document.slice(behind)}`;
    yield `${document.slice(0, behind)}<Unknown/>${document.slice(behind)}`;
    if (document.startsWith('<', behind)) yield `${document.slice(0, behind)}text${document.slice(behind)}`;
    const end = document.indexOf(`</${tag.slice(1)}`, behind) + tag.length + 1;
    // A root stands alone anyway.
    if (index > 0) yield document.slice(0, end) + document.slice(index, end) + document.slice(end);
  }
}

describe('a document is understood to the last element', () => {
  it.each(Object.entries(REQUESTS))('%s refuses or keeps what is added', (_, { read, documents }) => {
    let count = 0;
    for (const document of documents) {
      let plain: string;
      try {
        plain = JSON.stringify(read(Buffer.from(document)));
      } catch {
        // One of the documents that the table has for the sake of its refusal.
        continue;
      }
      for (const changed of withOneThingMore(document)) {
        let outcome: string;
        try {
          outcome = JSON.stringify(read(Buffer.from(changed)));
        } catch (error) {
          outcome = String(error);
        }
        expect([changed, outcome]).not.toEqual([changed, plain]);
        count += 1;
      }
    }
    expect(count).toBeGreaterThan(0);
  });
});

describe('thousands of spoiled documents each', () => {
  it.each(Object.entries(REQUESTS))('%s', { timeout: 300_000 }, (_, reader) => readSpoiledDocuments(reader));
});
