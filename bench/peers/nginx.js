// @ts-check
/** nginx with its module for WebDAV: files by plain PUT and GET, without signatures, checksums or appends. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { familyOf } from '../load/process-costs.js';
import { expectStatus } from '../load/requests.js';
import { expectBody } from '../load/services.js';
import { findProgram, freePort, startProgram } from './programs.js';

/** @param {string} data @param {number} port */
const configuration = (data, port) => `
daemon off;
worker_processes auto;
pid ${data}/pid;
error_log stderr warn;
events { worker_connections 16384; }
http {
  access_log off;
  keepalive_timeout 600s;
  keepalive_requests 1000000000;
  client_max_body_size 0;
  client_body_temp_path ${data}/bodies;
  proxy_temp_path ${data}/proxy;
  fastcgi_temp_path ${data}/fastcgi;
  uwsgi_temp_path ${data}/uwsgi;
  scgi_temp_path ${data}/scgi;
  sendfile on;
  tcp_nopush on;
  server {
    listen 127.0.0.1:${port} backlog=4096;
    root ${data}/files;
    location / { dav_methods PUT DELETE; create_full_put_path on; }
  }
}
`;

/** @type {import('./peers.js').Peer} */
export const nginx = {
  name: 'nginx',
  install: [['apt-get', 'install', '-y', 'nginx-light']],
  durability: 'none: it answers when the operating system has the bytes, and a power loss loses them',
  isDurable: false,
  targets: {},
  find() {
    const program = findProgram('nginx');
    if (program === undefined) return undefined;
    // Its version goes to the standard error.
    const printed = execFileSync('/bin/sh', ['-c', '"$1" -V 2>&1', 'sh', program]).toString();
    return printed.includes('http_dav_module') ? /nginx\/(\S+)/.exec(printed)?.[1] : undefined;
  },
  async start(data) {
    mkdirSync(join(data, 'files'), { recursive: true });
    const port = await freePort();
    writeFileSync(
      join(data, 'nginx.conf'),
      `${process.getuid?.() === 0 ? 'user root;' : ''}${configuration(data, port)}`,
    );
    const { pid, stop } = await startProgram(
      findProgram('nginx') ?? 'nginx',
      ['-p', data, '-e', 'stderr', '-c', join(data, 'nginx.conf')],
      { log: join(data, 'log'), port },
    );
    return { name: 'nginx', port, pids: familyOf(pid), put, get, head, stop };
  },
};

/** @type {NonNullable<import('../load/services.js').Service['put']>} */
async function put(connection, key, body) {
  const request = `PUT /${key} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: ${body.length}\r\n\r\n`;
  const answer = await connection.send(request, [body]);
  // 201 for a new file, 204 for one that it replaces.
  if (answer.status !== 204) expectStatus(answer, 201);
}

/** @type {NonNullable<import('../load/services.js').Service['get']>} */
async function get(connection, key, length) {
  expectBody(await connection.send(`GET /${key} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`, [], false), length);
}

/** @type {NonNullable<import('../load/services.js').Service['head']>} */
async function head(connection, key) {
  expectStatus(await connection.send(`HEAD /${key} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`), 200);
}
