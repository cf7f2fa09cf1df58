/** A server with a bucket that takes forms, and forms to post to it. */
import { afterAll, beforeAll, beforeEach } from 'vitest';
import type { RawAnswer } from '../harness/http-exchange.js';
import { ROOT, startTestServer, type TestServer } from '../harness/test-server.js';
import { type FormFile, makeForm, policyOf, signFormV1 } from './post-form.js';

export const BUCKET = 'form-bucket';
export const OPEN_BUCKET = 'open-bucket';
export const HOUR_MS = 3_600_000;
export const CONTENT: FormFile = { name: 'photo.png', content: 'content of the file' };

const START_MS = Date.UTC(2026, 10, 21, 12);

export type Fields = readonly (readonly [string, string])[];

export interface Post {
  readonly bucket?: string;
  readonly fields: Fields;
  readonly file?: FormFile | null;
  readonly tail?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
}

export class PostObjectFixture {
  server!: TestServer;
  /** What the server's clock shows. */
  nowMs = START_MS;
  /** One that no test before has used. */
  key = '';
  #keyNumber = 0;

  /** Starts the server before the tests of a file and gives each of them a key. */
  constructor() {
    beforeAll(async () => {
      this.server = await startTestServer({ clock: () => this.nowMs });
      for (const [bucket, acl] of [
        [BUCKET, 'private'],
        [OPEN_BUCKET, 'public-read-write'],
      ] as const) {
        const { status } = await this.server.send({ method: 'PUT', bucket, headers: { 'x-oss-acl': acl } });
        if (status !== 200) throw new Error(`Cannot make the bucket ${bucket}: ${status}`);
      }
    });
    beforeEach(() => {
      this.nowMs = START_MS;
      this.#keyNumber += 1;
      this.key = `dir/key ${this.#keyNumber}`;
    });
    afterAll(() => this.server.close());
  }

  /** Posts a form, signed in no other way than by its fields. */
  post({ bucket = BUCKET, fields, file = CONTENT, tail = '', headers = {}, query = {} }: Post): Promise<RawAnswer> {
    const form = makeForm(fields, file ?? undefined, tail);
    return this.server.send({
      method: 'POST',
      bucket,
      signature: 'anonymous',
      query,
      headers: { 'content-type': form.contentType, ...headers },
      body: form.body,
    });
  }

  /** Fields that sign a form with a policy of these conditions. */
  signed(conditions: readonly unknown[] = [{ bucket: BUCKET }], expiresAtMs = this.nowMs + HOUR_MS): Fields {
    return signFormV1(policyOf(conditions, expiresAtMs), ROOT);
  }

  /** Reads an object back. @returns Nothing when there is none. */
  async stored(name = this.key): Promise<string | undefined> {
    const { status, body } = await this.server.send({ method: 'GET', bucket: BUCKET, key: name });
    if (status === 404) return undefined;
    if (status !== 200) throw new Error(`Cannot read ${name}: ${status}`);
    return body.toString('utf8');
  }
}
