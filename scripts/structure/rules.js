// @ts-check
/**
 * The bounds of the house, and who is let off one of them: few, each with its reason. What is let off and keeps the
 * bound again is a finding, too.
 */

export const LINE_COUNT_MAX = 400;
export const FUNCTION_LINE_COUNT_MAX = 70;

const TESTS_OF_ONE_SUBJECT = 'tests of one subject, to be divided by theme';

/**
 * Files over `LINE_COUNT_MAX`.
 * @type {Readonly<Record<string, string>>}
 */
export const longFiles = {
  'packages/server/src/callback/callback.test.ts': TESTS_OF_ONE_SUBJECT,
  'packages/server/src/http/http-server.test.ts': TESTS_OF_ONE_SUBJECT,
  'packages/server/src/lifecycle/lifecycle-run.test.ts': TESTS_OF_ONE_SUBJECT,
  'packages/server/src/sts/answer-sts-request.test.ts': TESTS_OF_ONE_SUBJECT,
  'packages/store/src/check/check-store.test.ts': TESTS_OF_ONE_SUBJECT,
  'packages/store/src/object-store/shared-content-model.test.ts': TESTS_OF_ONE_SUBJECT,
  'test/access-control/access-control.test.ts': TESTS_OF_ONE_SUBJECT,
  'test/conformance-http/append.test.ts': TESTS_OF_ONE_SUBJECT,
  'test/conformance-http/bucket-document-cases.ts': TESTS_OF_ONE_SUBJECT,
  'test/conformance-http/bucket-errors.test.ts': TESTS_OF_ONE_SUBJECT,
  'test/conformance-http/multipart.test.ts': TESTS_OF_ONE_SUBJECT,
  'test/conformance-http/object.test.ts': TESTS_OF_ONE_SUBJECT,
  'test/conformance-http/post-object.test.ts': TESTS_OF_ONE_SUBJECT,
  'test/conformance-http/versioning.test.ts': TESTS_OF_ONE_SUBJECT,
  'test/operations/every-operation.test.ts': TESTS_OF_ONE_SUBJECT,
};

/**
 * Functions over `FUNCTION_LINE_COUNT_MAX`, as `path name`.
 * @type {Readonly<Record<string, string>>}
 */
export const longFunctions = {
  'packages/server/src/error/store-failure-to-oss-error.ts storeFailureToOssError':
    'a table: one case for each kind of failure',
  'packages/store/src/linearizability/random-history.ts plant': 'a table: one case for each fault that can be planted',
};
