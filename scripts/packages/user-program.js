// @ts-check
/**
 * What an application does with an installed `@annals/client`: writes through a spool, follows what it wrote, puts and
 * gets. `check-installed.js` copies it as it is and as CommonJS, compiles both against the installed types and runs
 * them: `node user-program.js ENDPOINT FOLDER`, with keys in the environment. Every line it prints is compared.
 */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { AnnalsError, createClient, readAll } from '@annals/client';
import { appendWritable, environmentCredentials, fileSpool } from '@annals/client/node';

const [endpoint = '', folder = ''] = process.argv.slice(2);

async function main() {
  const client = createClient({ endpoint, credentials: environmentCredentials() });
  await client.putObject({ bucket: 'recordings', key: 'whole.txt', body: 'whole' });
  const { body } = await client.getObject({ bucket: 'recordings', key: 'whole.txt' });
  console.log(new TextDecoder().decode(await readAll(body)));

  await client.deleteObject({ bucket: 'recordings', key: 'camera.log' });
  const writer = client.appendWriter('recordings', 'camera.log', { spool: fileSpool({ folder }), lingerMs: 0 });
  await pipeline(Readable.from(['one\n', 'two\n', 'three\n']), appendWritable(writer));
  const { position, crc64 } = writer.progress;
  console.log(position, crc64);
  await client.sealObject({ bucket: 'recordings', key: 'camera.log', position });
  for await (const { text, nextPosition } of client.followLines('recordings', 'camera.log')) {
    console.log(nextPosition, text);
  }

  await client.headObject({ bucket: 'recordings', key: 'missing' }).catch((/** @type {unknown} */ error) => {
    console.log(error instanceof AnnalsError ? error.outcome : error);
  });
}

void main();
