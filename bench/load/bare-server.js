// @ts-check
/**
 * The limit that HTTP on Node sets: bare `node:http`, no checks, no storage. POST reads the body and answers 200 with
 * as many headers as an append's answer; GET streams the file named on the command line, as simply as Node can. A file
 * of at most 64 KiB is answered from memory.
 */
import { createReadStream, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';

const [file] = process.argv.slice(2);
const small = file !== undefined && statSync(file).size <= 64 * 1024 ? readFileSync(file) : undefined;
const server = createServer((request, response) => {
  if (small !== undefined && (request.method === 'GET' || request.method === 'HEAD')) {
    response.setHeader('Content-Length', small.length);
    response.end(request.method === 'GET' ? small : undefined);
    return;
  }
  if (request.method === 'GET' && file !== undefined) {
    response.setHeader('Content-Length', statSync(file).size);
    createReadStream(file).pipe(response);
    return;
  }
  request.on('data', () => undefined);
  request.on('end', () => {
    response.writeHead(200, {
      Server: 'bare',
      'x-oss-request-id': '6556E3AED11E553933CCDEDF',
      'x-oss-server-time': '1',
      ETag: '"0F7230CAA4BE94CCBDC99C5500000000"',
      'x-oss-next-append-position': '1717',
      'x-oss-hash-crc64ecma': '14741617095266562575',
      'Content-Length': '0',
    });
    response.end();
  });
});
server.keepAliveTimeout = 75_000;
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.stdout.write(`bare listening on ${typeof address === 'object' ? address?.port : ''}\n`);
});
