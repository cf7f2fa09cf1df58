/** Put-, Get-, List- and DeleteStyle: `?style`. Kept and given back; images are not processed. */
import { invalidArgument, OssError, parsePlainConfiguration, renderXml, type XmlContent } from '@annals/protocol';
import { configurationsOf } from '../../bucket-configuration/bucket-configurations.js';
import type { NamedDocuments } from '../../bucket-configuration/configuration-members.js';
import { defineOperation } from '../../operation-row/operation-row.js';
import { ownAction } from '../../request/operation-permission.js';
import type { OperationRequest } from '../../request/operation-request.js';
import { requireBucket } from '../../request/request-target.js';
import { xmlResponse } from '../answering/xml-response.js';
import { deleteNamed, getNamed, type NamedKind, putNamed } from '../configuring/named-configuration.js';

const STYLE: NamedKind = {
  member: 'style',
  parameter: 'styleName',
  id: /^[A-Za-z0-9_.-]{1,63}$/,
  missing: 'NoSuchStyle',
  countMax: 50,
};

/** Keeps a named image style: `PutStyle`. */
export const putStyle = putNamed(
  {
    name: 'PutStyle',
    effect: 'kept',
    remark: 'Kept with its `category` (`image`, `document` or `video`). Images are not processed.',
  },
  STYLE,
  parseStyle,
  (content, before, { clock }) => {
    const atTime = new Date(clock()).toUTCString();
    return { ...content, CreateTime: before?.CreateTime ?? atTime, LastModifyTime: atTime };
  },
);

/** Shows a named image style: `GetStyle`. */
export const getStyle = getNamed({ name: 'GetStyle', effect: 'kept' }, STYLE, (content, name) =>
  renderXml('Style', { Name: name, ...content }),
);

/** Removes a named image style: `DeleteStyle`. */
export const deleteStyle = deleteNamed({ name: 'DeleteStyle', effect: 'kept' }, STYLE);

/** Lists the image styles of a bucket: `ListStyle`. */
export const listStyle = defineOperation<'ListStyle', string, NamedDocuments>({
  name: 'ListStyle',
  effect: 'kept',
  anonymous: 'if granted',
  permissions: ownAction('owner'),
  parse: requireBucket,
  handle: async (bucket, { store }) => configurationsOf(await store.getBucket(bucket)).style ?? {},
  render: (styles) =>
    xmlResponse(
      renderXml('StyleList', { Style: Object.entries(styles).map(([name, content]) => ({ Name: name, ...content })) }),
    ),
});

const CATEGORIES = ['image', 'document', 'video'];

function parseStyle(document: Uint8Array, _name: string, { query }: OperationRequest): XmlContent {
  const category = query.get('category') || undefined;
  if (category !== undefined && !CATEGORIES.includes(category)) throw invalidArgument('category', category);
  const { Content: content } = parsePlainConfiguration(document, 'Style');
  if (typeof content === 'string') return { Content: content, ...(category !== undefined && { Category: category }) };
  throw new OssError('MalformedXML', { details: { ErrorDetail: 'Style must have a Content.' } });
}
