// @ts-check
/**
 * Steps of calls in which servers of this kind differ from the public service although the everyday ones work. One
 * program for each client reports them all, with V4 and with V1 where it speaks both; every configuration is set and
 * read back by the SDK's own types.
 */
import { step } from './scenario.js';

/** Title of the matrix in which all clients with these steps stand. */
export const fidelityTable = 'Details of the public service';

/** @type {readonly import('./scenario.js').Step[]} */
export const fidelitySteps = [
  step('head-bucket', 'HEAD of a bucket', 'tells the region of one that exists; 404 for another'),
  step('exists-wrong-keys', 'Does it exist, wrong keys', 'a missing bucket is missing, an existing one is not'),
  step(
    'upload-empty-file',
    'Empty file, managed upload',
    'an empty object of the type of what the SDK does; also completed without parts where the SDK can',
  ),
  step(
    'multipart-sequential',
    'Multipart, sequential',
    'a part out of order is refused; HEAD tells the MD5 of the whole',
  ),
  step('set-meta-versioned', 'New metadata, versioned', 'a new version keeps contents, type and ACL of the source'),
  step('copy-large-version', 'Copy of a large version', 'in parts, from a version that was replaced'),
  step('lifecycle-dates', 'Lifecycle with dates', 'dates, days, transitions, tags, read as they were set'),
  step('inventory', 'Inventories', 'set, read as set, listed, deleted'),
  step('mirror-rules', 'Website, mirror rules', 'conditions, redirects and headers, read as they were set'),
  step('replication', 'Replication', 'a rule set, read as it was set'),
  step('qos', 'QoS', 'limits set, read as they were set'),
  step('cors-vary', 'CORS, two rules', 'with ResponseVary where the SDK has it, read as they were set'),
  step('list-control-characters', 'List control characters', 'the keys as they were written, page by page'),
  step('copy-conditional', 'Copy with conditions', 'each of the four conditions lets pass and refuses'),
  step(
    'range-if-range',
    'Range, overwritten meanwhile',
    'the old ETag gives the whole new object, the new one the range',
  ),
];
