import { expect, it } from 'vitest';
import { parseQuery } from '../query.js';
import { resourceTextV1 } from './v1.js';

it('resourceTextV1 has type and wait where an object is followed or converted, and nowhere else', () => {
  const resourceOf = (query: string): string => resourceTextV1('/b/k', parseQuery(query));
  expect(resourceOf('follow&wait=1&type=x&other')).toBe('/b/k?follow&type=x&wait=1');
  expect(resourceOf('type=normal&convert')).toBe('/b/k?convert&type=normal');
  expect(resourceOf('acl&wait=1&type=normal')).toBe('/b/k?acl');
});
