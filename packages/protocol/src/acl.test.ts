import { describe, expect, it } from 'vitest';
import { parseBucketAcl, parseObjectAcl } from './acl.js';

describe('parseBucketAcl and parseObjectAcl', () => {
  it('accept their closed sets', () => {
    expect(parseBucketAcl(undefined)).toBeUndefined();
    expect(parseBucketAcl('public-read')).toBe('public-read');
    expect(parseObjectAcl('default')).toBe('default');
    expect(parseObjectAcl(undefined)).toBeUndefined();
  });
  it.each(['default', '', 'Private', 'public'])('refuse the bucket ACL %j', (value) => {
    expect(() => parseBucketAcl(value)).toThrow(
      expect.objectContaining({
        code: 'InvalidArgument',
        message: 'no such bucket access control exists',
        details: { ArgumentName: 'x-oss-acl', ArgumentValue: value },
      }),
    );
  });
  it('refuse an unknown object ACL', () => {
    expect(() => parseObjectAcl('x')).toThrow(
      expect.objectContaining({ message: 'no such object access control exists', status: 400 }),
    );
  });
});
