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
import { expectBody } from '../load/services.js';
import { megabytes, row, withSpread } from '../load/statistics.js';
import { byTurns, inMegabytes, standingOf } from '../load/turns.js';

const pieceLength = 8 * 2 ** 20;

/** @type {import('../run.js').Case} */
export async function reads({ folder, scale, addContest }) {
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

  /** @param {string} name @param {number} port @param {string} key @returns {import('../load/turns.js').Contestant} */
  const reading = (name, port, key) => ({
    name,
    pids: [],
    async take() {
      const connection = await RawConnection.open(port);
      const startMs = performance.now();
      expectBody(await connection.send(getHead(key), [], false), total);
      const value = (total / (performance.now() - startMs)) * 1000;
      connection.close();
      return { value, requests: 1, acceptedBytes: 0 };
    },
  });
  const [bareName, appendedName, storedName] = ['bare HTTP', 'Annals, appended', 'Annals, PutObject'];
  const standings = await byTurns(
    [
      reading(bareName, bare.port, 'any'),
      reading(appendedName, annals.port, 'appended'),
      reading(storedName, annals.port, 'put'),
    ],
    { rounds: 12 },
  );
  await bare.stop();
  await annals.stop();
  const size = `${(total / 2 ** 30).toFixed(2)} GiB`;
  addContest({ title: `GET of ${size}`, kind: 'others', place: size, unit: 'MB/s', standings: inMegabytes(standings) });
  const { spread } = standingOf(standings, appendedName);
  return [
    { name: bareName, against: 'bare HTTP', target: 1 },
    { name: storedName, against: 'same bytes by PutObject', target: 0.95 },
  ].map(({ name, against, target }) => {
    const limit = standingOf(standings, name).spread;
    return row(
      `GET of a ${size} appended object`,
      withSpread(spread, megabytes),
      `${withSpread(limit, megabytes)} ${against}`,
      spread.median / limit.median,
      '>=',
      target,
      { spread, limitSpread: limit },
    );
  });
}
