/** Limits of bandwidth and requests in the documents of `?qosInfo` and `?requesterQosInfo`. */
import { requirePlainValue, type XmlContent } from '@annals/protocol';

/** In the order in which the public service shows them. */
const LIMIT_NAMES = ['UploadBandwidth', 'DownloadBandwidth', 'Qps'].flatMap((what) =>
  ['Total', 'Intranet', 'Extranet'].map((where) => `${where}${what}`),
);

/** SDKs read all nine. */
export function withAllLimits(content: XmlContent): XmlContent {
  return { ...Object.fromEntries(LIMIT_NAMES.map((name) => [name, '-1'])), ...content };
}

/** Bandwidths in Gbit/s and requests per second; -1 means none of its own. */
export function requireLimits(content: XmlContent): void {
  for (const name of Object.keys(content)) requirePlainValue(content, name, /^(?:-1|\d{1,9})$/);
}
