// @ts-check
/**
 * The rooms of `packages/server/src` and what each of them may import of the others: the one list behind the gate's
 * rules and the table in docs/ARCHITECTURE.md. Types count as imports. A room imports only rooms further down the list,
 * so no two import each other and there is no circle. Leaves out tests and `testing`, which may import everything and
 * which nothing else imports.
 */
const { readdirSync } = require('node:fs');
const { join } = require('node:path');

/** From the root of the repository. */
const SERVER = 'packages/server/src';

/**
 * A room is a file at the root, or a folder with everything in it except folders that are rooms themselves.
 * @typedef {{ readonly purpose: string, readonly mayImport: readonly string[] }} ServerRoom
 */

/** By name, outermost first. @type {Readonly<Record<string, ServerRoom>>} */
const SERVER_ROOMS = {
  'index.ts': {
    purpose: 'what the package exports',
    mayImport: [
      'server.ts',
      'assembly',
      'check-stored-rows.ts',
      'observe',
      'operations',
      'encryption',
      'operation-row',
      'settings.ts',
      'callback',
      'request',
      'audit',
      'limits',
      'accounts',
    ],
  },
  'server.ts': {
    purpose: 'a running server: listens, closes',
    mayImport: ['assembly', 'http', 'settings.ts'],
  },
  assembly: {
    purpose: 'puts the parts of a server together',
    mayImport: [
      'check-stored-rows.ts',
      'http',
      'admin',
      'auth',
      'sts',
      'access-log',
      'scrub',
      'operation-row',
      'custom-domains',
      'observe',
      'lifecycle',
      'settings.ts',
      'client-address',
      'callback',
      'backup',
      'audit',
      'limits',
      'accounts',
    ],
  },
  'check-stored-rows.ts': {
    purpose: 'checks the rows that the server keeps beside objects, for `annals fsck` and the scrub',
    mayImport: ['scrub', 'lifecycle', 'bucket-configuration', 'accounts', 'policy'],
  },
  http: {
    purpose: 'sockets, heads and bodies, and the life of a request (`pipeline.ts`)',
    mayImport: [
      'website',
      'admin',
      'operations/reading',
      'auth',
      'sts',
      'access-log',
      'bucket-rules',
      'operation-row',
      'custom-domains',
      'observe',
      'bucket-configuration',
      'settings.ts',
      'client-address',
      'request',
      'audit',
      'limits',
      'error',
      'response.ts',
      'policy',
    ],
  },
  website: {
    purpose: 'what an unsigned reader gets in a bucket with a website: a wrapper around the pipeline',
    mayImport: ['operations/answering', 'bucket-configuration', 'request', 'error', 'response.ts'],
  },
  admin: {
    purpose: 'answers `/-/admin/`: accounts, limits, backups, the scrub over HTTP',
    mayImport: [
      'auth',
      'scrub',
      'custom-domains',
      'backup',
      'settings.ts',
      'request',
      'audit',
      'limits',
      'accounts',
      'error',
      'response.ts',
      'policy',
    ],
  },
  operations: {
    purpose: 'the table: every operation of the protocol with its row',
    mayImport: ['operations/service', 'operations/bucket', 'operations/object', 'operations/upload', 'operation-row'],
  },
  'operations/service': {
    purpose: 'operations on the service: one file for each, or for a sub-resource',
    mayImport: ['operations/answering', 'operations/reading', 'operation-row', 'bucket-configuration', 'request'],
  },
  'operations/bucket': {
    purpose: 'operations on a bucket',
    mayImport: [
      'operations/configuring',
      'operations/answering',
      'operations/reading',
      'operation-row',
      'custom-domains',
      'bucket-configuration',
      'settings.ts',
      'callback',
      'request',
      'limits',
      'response.ts',
      'policy',
    ],
  },
  'operations/object': {
    purpose: 'operations on an object',
    mayImport: [
      'operations/answering',
      'operations/reading',
      'bucket-rules',
      'operation-row',
      'bucket-configuration',
      'callback',
      'request',
      'response.ts',
    ],
  },
  'operations/upload': {
    purpose: 'operations on multipart uploads',
    mayImport: [
      'operations/answering',
      'operations/reading',
      'operation-row',
      'callback',
      'request',
      'limits',
      'response.ts',
    ],
  },
  'operations/configuring': {
    purpose: 'makes the rows of settings that are put, shown and removed alike',
    mayImport: ['operations/answering', 'operations/reading', 'operation-row', 'bucket-configuration', 'request'],
  },
  'operations/answering': {
    purpose: 'writes what answers have in common: headers of objects, listings, documents',
    mayImport: [
      'operations/reading',
      'operation-row',
      'lifecycle',
      'bucket-configuration',
      'settings.ts',
      'callback',
      'request',
      'limits',
      'response.ts',
    ],
  },
  'operations/reading': {
    purpose: 'reads what requests have in common, and refuses what an operation does not do',
    mayImport: [
      'operation-row',
      'custom-domains',
      'form-upload',
      'bucket-configuration',
      'request',
      'limits',
      'response.ts',
    ],
  },
  auth: {
    purpose: 'finds the signer and authorizes the request: reads what the decision needs, and leaves it to `policy`',
    mayImport: ['sts', 'bucket-configuration', 'settings.ts', 'request', 'limits', 'accounts', 'policy'],
  },
  sts: { purpose: 'answers `/-/sts/` with temporary keys', mayImport: ['accounts', 'policy'] },
  'access-log': {
    purpose: 'the log that a bucket asks for, appended after the answer',
    mayImport: ['bucket-configuration', 'settings.ts'],
  },
  'bucket-rules': {
    purpose: 'what a bucket’s configurations say about a request: CORS, referer, payment',
    mayImport: ['bucket-configuration', 'request', 'response.ts', 'policy'],
  },
  scrub: { purpose: 'reads everything stored, in rounds that repeat', mayImport: ['observe', 'settings.ts'] },
  encryption: { purpose: 'wraps data keys', mayImport: ['accounts'] },
  'operation-row': {
    purpose: 'the type of an operation’s row, and what an operation may use',
    mayImport: ['custom-domains', 'settings.ts', 'callback', 'request', 'response.ts'],
  },
  'custom-domains': {
    purpose: 'domains of buckets, and the reserved names',
    mayImport: ['observe', 'bucket-configuration'],
  },
  observe: { purpose: 'metrics and the request log', mayImport: ['backup'] },
  lifecycle: {
    purpose: 'expires objects and moves them between storage classes, once a day',
    mayImport: ['bucket-configuration', 'settings.ts'],
  },
  'bucket-configuration': {
    purpose: 'what a bucket’s configurations are once they are parsed, and reading them',
    mayImport: [],
  },
  'settings.ts': { purpose: 'what an operator sets', mayImport: ['client-address', 'callback', 'limits'] },
  'client-address': {
    purpose: 'finds the address of the client from trusted proxies and their headers',
    mayImport: [],
  },
  callback: { purpose: 'calls applications back', mayImport: [] },
  'form-upload': { purpose: 'reads forms', mayImport: [] },
  backup: { purpose: 'the snapshots that backups read', mayImport: [] },
  request: {
    purpose: 'the types of a request: what was received, the address, the caller and the operation',
    mayImport: ['limits', 'policy'],
  },
  audit: {
    purpose: 'records changes of rules before and after they happen, in a chain ([audit-log.md](audit-log.md))',
    mayImport: ['limits', 'policy'],
  },
  limits: {
    purpose: 'turns at the store, rates, and how much a client may hold ([limits.md](limits.md))',
    mayImport: ['accounts'],
  },
  accounts: { purpose: 'users, groups, roles, policies and their keys, in rows of their own', mayImport: ['policy'] },
  error: { purpose: 'turns failures into documents', mayImport: ['response.ts'] },
  'response.ts': { purpose: 'what an answer is', mayImport: [] },
  policy: { purpose: 'decides: takes policies, returns allowed or denied', mayImport: [] },
};

/** What only tests import. */
const FIXTURES = 'testing';

const names = Object.keys(SERVER_ROOMS);

/**
 * @param {string} name Of a room.
 * @returns {string} A pattern for the paths of the files in it.
 */
function roomPattern(name) {
  const path = `^${SERVER}/${name.replaceAll('.', '[.]')}`;
  if (name.endsWith('.ts')) return `${path}$`;
  const isDivided = names.some((other) => other.startsWith(`${name}/`));
  return isDivided ? `${path}/[^/]+$` : `${path}/`;
}

/**
 * Checks the list: every room exists, every folder is in a room, and rooms import only what stands below them.
 * @param {string} root Of the repository.
 * @returns {string[]} Findings.
 */
function checkServerRooms(root) {
  const findings = [];
  for (const [index, name] of names.entries()) {
    for (const other of SERVER_ROOMS[name]?.mayImport ?? []) {
      if (!names.includes(other)) findings.push(`${name} may import ${other}, which is no room`);
      else if (names.indexOf(other) <= index)
        findings.push(`${name} may import ${other}, which does not stand below it`);
    }
  }
  const found = entriesOf(join(root, SERVER)).filter((name) => name !== FIXTURES);
  for (const name of names.filter((room) => names.some((other) => other.startsWith(`${room}/`)))) {
    found.push(
      ...entriesOf(join(root, SERVER, name))
        .filter((entry) => !entry.endsWith('.ts'))
        .map((entry) => `${name}/${entry}`),
    );
  }
  for (const name of found.filter((entry) => !names.includes(entry))) findings.push(`${SERVER}/${name} is in no room`);
  for (const name of names.filter((entry) => !found.includes(entry))) findings.push(`the room ${name} does not exist`);
  return findings.map((finding) => `scripts/server-rooms.cjs: ${finding}`);
}

/** @param {string} folder @returns {string[]} Folders, and files that are no tests. */
function entriesOf(folder) {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() || (entry.name.endsWith('.ts') && !entry.name.endsWith('.test.ts')))
    .map((entry) => entry.name);
}

module.exports = { SERVER, SERVER_ROOMS, checkServerRooms, roomPattern };
