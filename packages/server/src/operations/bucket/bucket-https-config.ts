/** Put- and GetBucketHttpsConfig: `?httpsConfig`. Without effect: TLS versions are those of the server. */
import { requirePlainValue } from '@annals/protocol';
import { getPlainConfiguration, putPlainConfiguration } from '../configuring/stored-configuration.js';
import { FLAG } from '../reading/flag.js';

/** Sets which TLS versions clients of a bucket may use: `PutBucketHttpsConfig`. */
export const putBucketHttpsConfig = putPlainConfiguration(
  { name: 'PutBucketHttpsConfig', effect: 'kept', remark: 'TLS versions are those of the server.' },
  'httpsConfig',
  'HttpsConfiguration',
  (content) => {
    requirePlainValue(content, 'TLS.Enable', FLAG);
    requirePlainValue(content, 'TLS.TLSVersion', /^TLSv1\.[0-3]$/, false);
  },
);

/** Shows which TLS versions clients of a bucket may use: `GetBucketHttpsConfig`. */
export const getBucketHttpsConfig = getPlainConfiguration(
  { name: 'GetBucketHttpsConfig', effect: 'kept' },
  'httpsConfig',
  'HttpsConfiguration',
  {
    TLS: { Enable: false },
  },
);
