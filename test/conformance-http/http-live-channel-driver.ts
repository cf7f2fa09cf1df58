/** The part of the conformance driver that keeps live channels, over HTTP. */
import {
  parseBucketStat,
  parseLiveChannelConfiguration,
  parseXml,
  renderLiveChannelConfiguration,
  type XmlElement,
} from '@annals/protocol';
import type { LiveChannelTarget } from '@annals/store';
import type { LiveChannelDriver } from '@annals/store/conformance';
import type { RawAnswer } from '../harness/http-exchange.js';
import type { TestRequest } from '../harness/test-server.js';

/** @param send Signs, sends, and throws what the driver's `failureOf` understands. */
export function openHttpLiveChannelDriver(send: (request: TestRequest) => Promise<RawAnswer>): LiveChannelDriver {
  return {
    async put(target, settings) {
      const body = renderLiveChannelConfiguration(settings);
      await send({ ...requestFor(target), method: 'PUT', query: { live: '' }, body });
    },
    async setStatus(target, status) {
      await send({ ...requestFor(target), method: 'PUT', query: { live: '', status } });
    },
    async get(target) {
      const { body } = await send({ ...requestFor(target), method: 'GET', query: { live: '' } });
      return parseLiveChannelConfiguration(body);
    },
    async remove(target) {
      await send({ ...requestFor(target), method: 'DELETE', query: { live: '' } });
    },
    async list({ bucket, prefix, after, limit }) {
      const query = { live: '', 'max-keys': String(limit), ...(prefix && { prefix }), ...(after && { marker: after }) };
      const root = parseXml((await send({ method: 'GET', bucket, query })).body);
      const channels = root.children.filter(({ name }) => name === 'LiveChannel');
      return {
        channels: channels.map((channel) => ({
          name: textOf(channel, 'Name') ?? '',
          description: textOf(channel, 'Description') || undefined,
          status: textOf(channel, 'Status') === 'enabled' ? 'enabled' : 'disabled',
        })),
        isTruncated: textOf(root, 'IsTruncated') === 'true',
        next: textOf(root, 'NextMarker'),
      };
    },
    async count(bucket) {
      const { body } = await send({ method: 'GET', bucket, query: { stat: '' } });
      return parseBucketStat(body).liveChannelCount;
    },
  };
}

function requestFor({ bucket, name }: LiveChannelTarget): { bucket: string; key: string } {
  return { bucket, key: name };
}

function textOf(element: XmlElement, name: string): string | undefined {
  return element.children.find((child) => child.name === name)?.text;
}
