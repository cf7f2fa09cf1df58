// @ts-check
/**
 * GET of a 1 GiB appended object against bare HTTP streaming the same file, and against the same bytes stored by
 * PutObject.
 */
import { randomFillSync } from 'node:crypto';
import { closeSync, openSync, writeSync } from 'node:fs';
import { startAnnals, startBareServer } from '../load/processes.js';
import { RawConnection } from '../load/raw-connection.js';
import { appendHead, expectStatus, getHead, putHead } from '../load/requests.js';
import { megabytes, percentile, row } from '../load/statistics.js';

const pieceLength = 8 * 2 ** 20;

/** @type {import('../run.js').Case} */
export async function reads({ folder, scale }) {
  const count = Math.max(4, Math.ceil(128 * scale));
  const total = count * pieceLength;
  const piece = randomFillSync(Buffer.alloc(pieceLength));
  const path = `${folder}/same-bytes`;
  const file = openSync(path, 'w');
  for (let index = 0; index < count; index += 1) writeSync(file, piece);
  closeSync(file);
  const [bare, annals] = [await startBareServer(path), await startAnnals(`${folder}/data`)];
  const writer = await RawConnection.open(annals.port);
  for (let index = 0; index < count; index += 1) {
    expectStatus(await writer.send(appendHead('appended', index * pieceLength, pieceLength), [piece]), 200);
  }
  expectStatus(await writer.send(putHead('put', total), new Array(count).fill(piece)), 200);
  writer.close();

  const measure = async (/** @type {number} */ port, /** @type {string} */ key) => {
    const connection = await RawConnection.open(port);
    const startMs = performance.now();
    const answer = await connection.send(getHead(key), [], false);
    expectStatus(answer, 200);
    const bytesPerSecond = (total / (performance.now() - startMs)) * 1000;
    if (answer.bodyLength !== total) throw new Error(`Read ${answer.bodyLength} bytes, expected ${total}`);
    connection.close();
    return bytesPerSecond;
  };
  /** @type {[number[], number[], number[]]} */
  const [bareRates, appendedRates, putRates] = [[], [], []];
  for (let round = 0; round < 12; round += 1) {
    bareRates.push(await measure(bare.port, 'any'));
    // The order alternates, since the server that is measured second finds colder caches.
    const isPutFirst = round % 2 === 1;
    if (isPutFirst) putRates.push(await measure(annals.port, 'put'));
    appendedRates.push(await measure(annals.port, 'appended'));
    if (!isPutFirst) putRates.push(await measure(annals.port, 'put'));
  }
  await bare.stop();
  await annals.stop();
  const [bareRate, appendedRate, putRate] = [bareRates, appendedRates, putRates].map((rates) => percentile(rates, 0.5));
  if (bareRate === undefined || appendedRate === undefined || putRate === undefined)
    throw new Error('Nothing was measured');
  const size = `${(total / 2 ** 30).toFixed(2)} GiB`;
  return [
    row(
      `GET of a ${size} appended object`,
      megabytes(appendedRate),
      `${megabytes(bareRate)} bare HTTP`,
      appendedRate / bareRate,
      '>=',
      0.6,
    ),
    row(
      `GET of a ${size} appended object`,
      megabytes(appendedRate),
      `${megabytes(putRate)} same bytes by PutObject`,
      appendedRate / putRate,
      '>=',
      0.95,
    ),
  ];
}
