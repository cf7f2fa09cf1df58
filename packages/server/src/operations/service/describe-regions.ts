/**
 * DescribeRegions: `GET /?regions` on the service. There is one region, and its endpoint is the host the request came
 * to.
 */
import { renderXml } from '@annals/protocol';
import { defineOperation } from '../../operation-row/operation-row.js';
import { ownAction } from '../../request/operation-permission.js';
import { locationOf } from '../answering/bucket-endpoint.js';
import { xmlResponse } from '../answering/xml-response.js';

/** Lists the one region of this server: `DescribeRegions`. */
export const describeRegions = defineOperation<'DescribeRegions', string, string>({
  name: 'DescribeRegions',
  effect: 'works',
  anonymous: 'never',
  remark: 'One region; its endpoints are the Host the request came to.',
  permissions: ownAction('owner'),
  parse: (request) => request.query.get('regions') ?? '',
  handle: async (wanted) => wanted,
  render(wanted, _input, { host }, { settings }) {
    const location = locationOf(settings);
    const region = {
      Region: location,
      InternetEndpoint: host,
      InternalEndpoint: host,
      AccelerateEndpoint: host,
    };
    return xmlResponse(
      renderXml('RegionInfoList', { RegionInfo: wanted === '' || wanted === location ? [region] : [] }),
    );
  },
});
