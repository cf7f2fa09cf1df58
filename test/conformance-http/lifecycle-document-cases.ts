/** What is wrong with documents of the lifecycle. */
import { type DocumentKind, malformed, plain, tag } from './document-kind.js';
import { type ExactError, invalidArgument, malformedXml } from './error-document.js';

/** What the pages on lifecycle documents say, by what is wrong. */
const lifecycleMalformed = { ...malformed, ec: '0014-00000011' };
const unknownInRule = { ...malformed, ec: '0014-00000017' };
const missingAction = { ...malformedXml(/Action is missing/), ec: '0014-00000011' };
const conflict = (message: string): ExactError => ({ ...plain(400, 'InvalidRequest', message), ec: '0014-00000080' });

const rule = (actions: string, more = '') => `<Rule>${more}<Prefix>a</Prefix><Status>Enabled</Status>${actions}</Rule>`;
const expires = (content: string) => rule(`<Expiration>${content}</Expiration>`);
const moves = (content: string) => rule(`<Transition>${content}</Transition>`);
const DAYS = '<Days>1</Days>';

export const LIFECYCLE_DOCUMENT: DocumentKind = {
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
    ['a tag without key', rule(`<Expiration>${DAYS}</Expiration>`, '<Tag><Value>a</Value></Tag>'), lifecycleMalformed],
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
};
