/** What is said of one kind of document that configures a bucket, and refusals that several kinds have. */
import { type ExactError, invalidArgument, malformedXml } from './error-document.js';

export type Row = readonly [what: string, content: string, expected: ExactError];

export interface DocumentKind {
  /** Name of the root element. */
  readonly root: string;
  readonly query: Readonly<Record<string, string>>;
  readonly method?: string;
  /** What a GET answers as long as nothing was put. */
  readonly absent: RegExp;
  readonly rows: readonly Row[];
}

export const malformed = malformedXml(/.+/);
export const isInvalid = (name: string, value: string): ExactError =>
  invalidArgument(name, value, `The value of ${name} is not valid.`);
export const plain = (
  status: number,
  code: string,
  message: string,
  details: ExactError['details'] = [],
): ExactError => ({
  status,
  code,
  message,
  details,
  ...(code === 'InvalidTag' && { ec: '0010-00000219' }),
});
export const tag = (key: string, value = '') => `<Tag><Key>${key}</Key><Value>${value}</Value></Tag>`;
