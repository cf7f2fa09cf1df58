/** The settings of where a store keeps its data. Leaves out what is done with them (`../serve/open-blobs.ts`). */
import { z } from 'zod';
import { parseBlobLocation, withoutSecrets } from './blob-location.js';
import { InvalidBlobLocation } from './invalid-blob-location.js';
import { InvalidMetadataLocation, parseMetadataLocation } from './metadata-location.js';
import { group } from './setting-kinds.js';

const metadataLocation = z.string({ error: 'expected "lmdb" or a database' }).superRefine((text, context) => {
  try {
    parseMetadataLocation(text);
  } catch (error) {
    if (!(error instanceof InvalidMetadataLocation)) throw error;
    context.addIssue({ code: 'custom', message: error.message, input: text.replace(/[:/@].*/s, ':...') });
  }
});

const blobLocation = z.string({ error: 'expected "file", a bucket or a pool' }).superRefine((text, context) => {
  try {
    parseBlobLocation(text);
  } catch (error) {
    if (!(error instanceof InvalidBlobLocation)) throw error;
    context.addIssue({ code: 'custom', message: error.message, input: withoutSecrets(text) });
  }
});

/** Everything below `storage`. */
export const storageSettings = group({
  metadata: metadataLocation
    .prefault('lmdb')
    .describe(
      'Where metadata and small bodies are stored: `lmdb`, in the data folder, or `postgres://USER@HOST/DATABASE`, in a database that several gateways share. A password may stand in the file that `PGPASSFILE` names, or in `PGPASSWORD`.',
    ),
  blobs: blobLocation
    .prefault('file')
    .describe(
      'Where large bodies are stored: `file`, in the data folder, `s3://BUCKET/PREFIX?...`, in a bucket of any service that speaks the S3 protocol, or `rados://POOL/NAMESPACE?...`, in a pool of a Ceph cluster.',
    ),
}).prefault({});
