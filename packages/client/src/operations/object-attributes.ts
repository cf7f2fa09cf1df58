/** What a writer may say about an object it creates, and the headers that say it. Leaves out tags and encryption. */

/** Headers that stay with an object. */
export interface ObjectAttributes {
  readonly contentType?: string;
  readonly cacheControl?: string;
  readonly contentDisposition?: string;
  readonly contentEncoding?: string;
  /** Names of letters, digits and `-`, values of printable ASCII. */
  readonly metadata?: Readonly<Record<string, string>>;
  readonly acl?: 'default' | 'private' | 'public-read' | 'public-read-write';
}

/** Writes attributes as request headers. */
export function attributeHeaders(attributes: ObjectAttributes): Record<string, string> {
  const headers: Record<string, string> = {};
  const set = (name: string, value: string | undefined): void => {
    if (value !== undefined) headers[name] = value;
  };
  set('content-type', attributes.contentType);
  set('cache-control', attributes.cacheControl);
  set('content-disposition', attributes.contentDisposition);
  set('content-encoding', attributes.contentEncoding);
  set('x-oss-object-acl', attributes.acl);
  for (const [name, value] of Object.entries(attributes.metadata ?? {})) set(`x-oss-meta-${name.toLowerCase()}`, value);
  return headers;
}

/** The attributes among other options. */
export function pickAttributes(options: ObjectAttributes): ObjectAttributes {
  const { contentType, cacheControl, contentDisposition, contentEncoding, metadata, acl } = options;
  return {
    ...(contentType !== undefined && { contentType }),
    ...(cacheControl !== undefined && { cacheControl }),
    ...(contentDisposition !== undefined && { contentDisposition }),
    ...(contentEncoding !== undefined && { contentEncoding }),
    ...(metadata !== undefined && { metadata }),
    ...(acl !== undefined && { acl }),
  };
}
