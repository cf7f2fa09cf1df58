/** GetSymlink: `GET /KEY?symlink[&versionId=ID]`. The link itself, whatever it leads to. */
import { formatHttpDate, OssError, percentEncode, quoteEtag, RESPONSE_HEADERS } from '@annals/protocol';
import type { ObjectHead, VersionTarget } from '@annals/store';
import { defineOperation } from '../../operation-row/operation-row.js';
import { ownAction } from '../../request/operation-permission.js';
import { userMetadataHeaders, versionHeaders } from '../answering/object-response-headers.js';
import { readVersionTarget } from '../reading/version-id.js';

interface Link {
  readonly head: ObjectHead;
  readonly symlinkTarget: string;
}

/** Shows where a symbolic link leads: `GetSymlink`. */
export const getSymlink = defineOperation<'GetSymlink', VersionTarget, Link>({
  name: 'GetSymlink',
  effect: 'works',
  anonymous: 'if granted',
  remark:
    'A link is followed once, to the current version of its target, and only for a reader who may read the ' +
    'target too (`oss:GetObject`).',
  permissions: ownAction('read'),
  parse: readVersionTarget,
  async handle(target, { store }) {
    const head = await store.headObject(target);
    if (head.symlinkTarget === undefined) throw new OssError('NotSymlink', { details: { Key: head.key } });
    return { head, symlinkTarget: head.symlinkTarget };
  },
  render: ({ head, symlinkTarget }) => ({
    status: 200,
    headers: {
      [RESPONSE_HEADERS.symlinkTarget]: percentEncode(symlinkTarget),
      'Content-Type': head.system.contentType ?? 'application/octet-stream',
      ETag: quoteEtag(head.etag),
      'Last-Modified': formatHttpDate(head.lastModifiedAtMs),
      ...versionHeaders(head),
      ...userMetadataHeaders(head),
    },
  }),
});
