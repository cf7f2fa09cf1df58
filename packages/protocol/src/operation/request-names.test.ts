/** Every name that an official SDK can sign or send has one place: a row, a protection, an option, or a reason to be ignored. */
import { describe, expect, it } from 'vitest';
import { REQUEST_HEADERS } from '../headers.js';
import { SUB_RESOURCES_V1 } from '../signature/v1.js';
import { OPERATION_NAMES, OPERATIONS, UNDOCUMENTED_SUB_RESOURCES } from './operation-table.js';
import { PROTECTION_HEADERS, PROTECTION_PARAMETERS, protectionOutcome } from './protection-names.js';
import { REQUEST_HEADER_NAMES, REQUEST_PARAMETER_NAMES } from './request-names.js';
import { SIGNED_PARAMETERS } from './signed-parameters.js';

/** Constants for headers, by SDK. */
const SDK_HEADERS: Readonly<Record<string, string>> = {
  'Go V1 oss/const.go': `accept-encoding authorization cache-control content-disposition content-encoding content-length content-md5
    content-type content-language date etag expires host last-modified range location origin server user-agent if-modified-since
    if-unmodified-since if-match if-none-match access-control-request-method access-control-request-headers x-oss-acl x-oss-meta-
    x-oss-object-acl x-oss-security-token x-oss-server-side-encryption x-oss-server-side-encryption-key-id
    x-oss-server-side-data-encryption x-oss-server-side-encryption-customer-algorithm x-oss-server-side-encryption-customer-key
    x-oss-server-side-encryption-customer-key-md5 x-oss-copy-source x-oss-copy-source-range x-oss-copy-source-if-match
    x-oss-copy-source-if-none-match x-oss-copy-source-if-modified-since x-oss-copy-source-if-unmodified-since
    x-oss-metadata-directive x-oss-next-append-position x-oss-request-id x-oss-hash-crc64ecma x-oss-symlink-target
    x-oss-storage-class x-oss-callback x-oss-callback-var x-oss-request-payer x-oss-tagging x-oss-tagging-directive
    x-oss-traffic-limit x-oss-forbid-overwrite x-oss-range-behavior x-oss-task-id x-oss-hash-ctx x-oss-md5-ctx
    x-oss-allow-same-action-overlap x-oss-date x-oss-content-sha256 x-oss-notification x-oss-ec x-oss-err x-oss-access-point-name`,
  'Java V1 OSSHeaders.java': `x-oss-acl x-oss-storage-class x-oss-version-id x-oss-server-side-encryption
    x-oss-server-side-encryption-key-id x-oss-server-side-data-encryption x-oss-copy-source x-oss-copy-source-range
    x-oss-copy-source-if-match x-oss-metadata-directive x-oss-tagging-directive x-oss-request-id origin x-oss-security-token
    x-oss-next-append-position x-oss-hash-crc64ecma x-oss-object-type x-oss-object-acl x-oss-callback x-oss-callback-var
    x-oss-symlink-target x-oss-restore x-oss-bucket-region x-oss-select-csv-rows x-oss-select-output-raw x-oss-tagging
    x-oss-request-payer x-oss-traffic-limit x-oss-task-id`,
  'Python V1 headers.py': `x-oss-client-side-encryption-key x-oss-client-side-encryption-start
    x-oss-client-side-encryption-part-size flag-client-side-encryption-multipart-file x-oss-meta-oss-crypto-key`,
  'public documents': `if-range referer security-token x-oss-bucket-tagging x-oss-bypass-governance-retention x-oss-complete-all
    x-oss-hns-status x-oss-multi-range-behavior x-oss-object-worm-mode x-oss-object-worm-retain-until-date
    x-oss-object-worm-legal-hold x-oss-resource-group-id x-oss-persistent-headers`,
  'captured requests': `accept accept-encoding authorization connection content-length content-md5 content-type date expect host
    referer transfer-encoding user-agent x-oss-acl x-oss-content-sha256 x-oss-date x-oss-meta-a x-oss-object-acl`,
};

/** Constants for query parameters of the Go V1 and Java V1 SDKs that are in no list of signed names. */
const SDK_PARAMETERS = `Expires OSSAccessKeyId Signature security-token playlistName x-oss-signature-version x-oss-expires x-oss-access-key-id
  x-oss-signature x-oss-additional-headers x-oss-credential x-oss-date x-oss-security-token prefix delimiter marker max-keys bid
  encoding-type version-id-marker tag-key tag-value max-uploads upload-id-marker key-marker max-parts part-number-marker rule-id since
  tail start-after list-type fetch-owner`;

const selectors = new Set<string>(OPERATION_NAMES.flatMap((name) => [...OPERATIONS[name].query]));

function placesOfHeader(name: string): number {
  const options = Object.keys(REQUEST_HEADER_NAMES);
  const isOption = options.includes(name);
  const isBehindPrefix = options.some((option) => option.endsWith('-') && name.startsWith(option));
  const isProtection = Object.hasOwn(PROTECTION_HEADERS, name);
  // A name of its own counts before a prefix.
  return Number(isProtection) + Number(isOption) || Number(isBehindPrefix);
}

function placesOfParameter(name: string): number {
  const places = [
    selectors.has(name),
    UNDOCUMENTED_SUB_RESOURCES.includes(name),
    Object.hasOwn(SIGNED_PARAMETERS, name),
    Object.hasOwn(REQUEST_PARAMETER_NAMES, name),
  ];
  return places.filter((isThere) => isThere).length;
}

const words = (text: string) => text.split(/\s+/).filter((word) => word !== '');

describe('the names that SDKs sign or send', () => {
  it('have one place each, as headers', () => {
    for (const [sdk, names] of Object.entries(SDK_HEADERS)) {
      for (const name of words(names)) expect([sdk, name, placesOfHeader(name)]).toEqual([sdk, name, 1]);
    }
    for (const name of Object.values(REQUEST_HEADERS)) expect([name, placesOfHeader(name)]).toEqual([name, 1]);
  });

  it('have one place each, as query parameters', () => {
    for (const name of [...SUB_RESOURCES_V1, ...words(SDK_PARAMETERS)]) {
      expect([name, placesOfParameter(name)]).toEqual([name, 1]);
    }
  });

  it('have no place when nobody gave them one', () => {
    expect(placesOfHeader('x-oss-made-up')).toBe(0);
    expect(placesOfParameter('x-oss-made-up')).toBe(0);
  });

  it('are ignored or refused with a reason', () => {
    for (const [name, { note }] of [
      ...Object.entries(REQUEST_HEADER_NAMES),
      ...Object.entries(REQUEST_PARAMETER_NAMES),
    ]) {
      expect([name, note.length > 5]).toEqual([name, true]);
    }
  });

  it('are refused by every operation where the table says so, and made-up relatives with them', () => {
    const refused = Object.entries(REQUEST_HEADER_NAMES).filter(([, { state }]) => state === 'refused');
    const madeUp = [
      'x-oss-server-side-x',
      'x-oss-object-worm-x',
      'x-oss-callback-x',
      'x-oss-copy-source-if-x',
      'x-oss-ac-x',
    ];
    for (const name of [...refused.map(([key]) => key), ...madeUp, 'x-oss-forbid-delete', 'x-oss-if-match']) {
      for (const operation of OPERATION_NAMES) {
        for (const place of ['header', 'field', 'parameter'] as const) {
          expect([name, protectionOutcome(operation, place, name, false)]).toEqual([name, 'unknown']);
        }
      }
    }
  });

  it('are left alone by the rule where they protect nothing', () => {
    for (const [name, { state }] of Object.entries(REQUEST_HEADER_NAMES)) {
      if (state === 'refused') continue;
      expect([name, protectionOutcome('PutObject', 'header', name, false)]).toEqual([name, 'no protection']);
    }
    for (const name of [...Object.keys(REQUEST_PARAMETER_NAMES), ...selectors, ...Object.keys(SIGNED_PARAMETERS)]) {
      const outcome = Object.hasOwn(PROTECTION_PARAMETERS, name) ? 'read' : 'no protection';
      expect([name, protectionOutcome('PutObject', 'parameter', name, false)]).toEqual([name, outcome]);
    }
  });

  it('protect in the header only: in the query the same name is refused', () => {
    for (const name of Object.keys(PROTECTION_HEADERS)) {
      if (Object.hasOwn(PROTECTION_PARAMETERS, name)) continue;
      expect([name, protectionOutcome('PutObject', 'parameter', name, false)]).toEqual([name, 'unread']);
    }
  });
});
