/** Every number that librados returns becomes a failure of the contract, with a name and words. */
import { constants } from 'node:os';
import { expect, it } from 'vitest';
import { EngineFailure } from '../../contract/engine-failure.js';
import { errorName, NO_POOL, RadosFailure, radosToEngineFailure } from './rados-failure.js';

const { EDQUOT, EIO, ENOSPC, ETIMEDOUT } = constants.errno;

it('numbers have names', () => {
  expect([EDQUOT, EIO, ENOSPC, ETIMEDOUT].map((number) => errorName(-number))).toEqual([
    ...['EDQUOT', 'EIO', 'ENOSPC', 'ETIMEDOUT'],
  ]);
  expect(errorName(-108)).toBe('ESHUTDOWN');
  expect(errorName(-4095)).toBe('error 4095');
  expect(errorName(-110n)).toBe('ETIMEDOUT');
});

it.each([
  ['ETIMEDOUT', 'operate', 'unreachable'],
  ['ETIMEDOUT', 'connect', 'unreachable'],
  ['ESHUTDOWN', 'operate', 'unreachable'],
  ['ENOSPC', 'operate', 'disk-full'],
  ['EDQUOT', 'operate', 'disk-full'],
  ['EPERM', 'operate', 'refused'],
  ['EACCES', 'connect', 'refused'],
  ['ENOENT', 'connect', 'refused'],
  ['ENOENT', 'operate', 'input-output'],
  ['EIO', 'operate', 'input-output'],
  [NO_POOL, 'connect', 'refused'],
  ['error 4095', 'operate', 'input-output'],
] as const)('%s at the stage %s is %s', (code, stage, because) => {
  const failure = new RadosFailure('write x in rados://pool', code, stage);
  expect(failure.message).toMatch(/^Cannot write x in rados:\/\/pool: /);
  const found = radosToEngineFailure(failure);
  expect(found).toBeInstanceOf(EngineFailure);
  expect(found).toMatchObject({ reason: { kind: 'unavailable', because }, cause: failure });
});

it('what is no failure of the cluster stays what it is', () => {
  for (const error of [new RangeError('mine'), new EngineFailure({ kind: 'missing-blob', blobId: 'x' })]) {
    expect(radosToEngineFailure(error)).toBe(error);
  }
});
