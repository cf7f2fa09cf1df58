/**
 * An account as a test uses it: signed requests by anybody, the admin API, and keys of all kinds, over a real server
 * process.
 */
import { createHash, createHmac, randomUUID } from 'node:crypto';
import { Agent } from 'node:http';
import { exchange, type RawAnswer, type RawRequest } from '../harness/http-exchange.js';
import type { ServerProcess } from '../harness/server-process.js';
import {
  encode,
  encodedPath,
  encodedQuery,
  type KeyPair,
  type SignatureKind,
  signRequest,
} from '../harness/sign-request.js';

/** Keys as a client holds them. */
export interface Keys extends KeyPair {
  readonly token?: string;
}

export interface AccountRequest {
  readonly method: string;
  readonly bucket?: string;
  readonly key?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Default `v4`. */
  readonly signature?: SignatureKind;
}

export interface AdminAnswer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

/** Sends what the account's people send. */
export class Account {
  readonly agent = new Agent({ keepAlive: true });

  constructor(readonly server: Pick<ServerProcess, 'endpoint' | 'port' | 'accessKeyId' | 'accessKeySecret'>) {}

  get root(): Keys {
    const { accessKeyId, accessKeySecret } = this.server;
    return { accessKeyId, accessKeySecret };
  }

  close(): void {
    this.agent.destroy();
  }

  /** Sends a request signed with `keys`; a token goes where the kind of signature has it. */
  send(request: AccountRequest, keys?: Keys): Promise<RawAnswer> {
    return exchange(this.signed(request, keys));
  }

  /** @returns The request that `send` sends. */
  signed(request: AccountRequest, keys?: Keys): RawRequest {
    const { method, bucket, key, signature = keys === undefined ? 'anonymous' : 'v4' } = request;
    const token = keys?.token;
    const tokenPlace = signature === 'v1-url' ? 'security-token' : 'x-oss-security-token';
    const isUrl = signature.endsWith('-url');
    const query = { ...request.query, ...(isUrl && token !== undefined && { [tokenPlace]: token }) };
    const headers = { ...request.headers, ...(!isUrl && token !== undefined && { [tokenPlace]: token }) };
    const address = { method, ...(bucket !== undefined && { bucket }), ...(key !== undefined && { key }) };
    const signed = signRequest({ ...address, query, headers }, signature, keys ?? this.root, Date.now());
    const queryText = encodedQuery(signed.query);
    const body = typeof request.body === 'string' ? Buffer.from(request.body, 'utf8') : request.body;
    return {
      port: this.server.port,
      agent: this.agent,
      method,
      path: encodedPath(bucket, key) + (queryText === '' ? '' : `?${queryText}`),
      headers: {
        host: `127.0.0.1:${this.server.port}`,
        ...((body !== undefined || method === 'PUT' || method === 'POST') && {
          'content-length': String(body?.length ?? 0),
        }),
        ...signed.headers,
      },
      ...(body !== undefined && { body }),
    };
  }

  /** Calls the admin API. */
  async admin(method: string, path: string, values?: object, keys: Keys = this.root): Promise<AdminAnswer> {
    const body = values === undefined ? undefined : JSON.stringify(values);
    const answer = await this.send(
      {
        method,
        bucket: '-',
        key: `admin/${path}`,
        ...(body !== undefined && {
          body,
          headers: { 'content-md5': createHash('md5').update(body).digest('base64') },
        }),
      },
      keys,
    );
    return { status: answer.status, body: JSON.parse(answer.body.toString('utf8')) as Record<string, unknown> };
  }

  /** Calls the admin API and expects it to do what it is told. */
  async change(method: string, path: string, values?: object): Promise<Record<string, unknown>> {
    const { status, body } = await this.admin(method, path, values);
    if (status !== 200) throw new Error(`${method} ${path}: ${status} ${JSON.stringify(body)}`);
    return body;
  }

  /** Makes a user with one access key and, when statements are given, a policy of its name. */
  async makeUser(name: string, statements: readonly object[] = []): Promise<Keys & { readonly uid: string }> {
    const { user } = await this.change('POST', `users/${name}`);
    const { accessKey } = await this.change('POST', `users/${name}/access-keys`);
    if (statements.length > 0) await this.giveUser(name, statements);
    return { ...(accessKey as Keys), uid: (user as { uid: string }).uid };
  }

  /** Gives a user a policy of its own name. */
  async giveUser(name: string, statements: readonly object[]): Promise<void> {
    await this.change('POST', `policies/${name}`, { document: policy(statements) });
    await this.change('PUT', `users/${name}/policies/${name}`);
  }

  async accountId(): Promise<string> {
    const { account } = await this.change('GET', 'account');
    return (account as { accountId: string }).accountId;
  }

  /** Makes a role that every identity of the account may assume, with one policy. @returns Its ARN. */
  async makeRole(name: string, statements: readonly object[]): Promise<string> {
    const accountId = await this.accountId();
    const trustPolicy = policy([
      { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { RAM: [`acs:ram::${accountId}:root`] } },
    ]);
    await this.change('POST', `roles/${name}`, { trustPolicy });
    await this.change('POST', `policies/${name}`, { document: policy(statements) });
    await this.change('PUT', `roles/${name}/policies/${name}`);
    return `acs:ram::${accountId}:role/${name}`;
  }

  /** Puts a bucket policy as the root. */
  async putBucketPolicy(bucket: string, statements: readonly object[]): Promise<void> {
    const answer = await this.send(
      { method: 'PUT', bucket, query: { policy: '' }, body: policy(statements) },
      this.root,
    );
    if (answer.status !== 200) throw new Error(`PutBucketPolicy: ${answer.status} ${answer.body.toString()}`);
  }

  /** Asks for a role with the RPC signature in a query, written from its description. */
  askRole(roleArn: string, keys: Keys, sessionPolicy?: string): Promise<Response> {
    const parameters: Record<string, string> = {
      Action: 'AssumeRole',
      Version: '2015-04-01',
      Format: 'JSON',
      RoleArn: roleArn,
      RoleSessionName: 'session',
      AccessKeyId: keys.accessKeyId,
      SignatureMethod: 'HMAC-SHA1',
      SignatureVersion: '1.0',
      SignatureNonce: randomUUID(),
      Timestamp: new Date().toISOString(),
      ...(sessionPolicy !== undefined && { Policy: sessionPolicy }),
    };
    const text = Object.keys(parameters)
      .sort()
      .map((name) => `${encode(name)}=${encode(parameters[name] ?? '')}`)
      .join('&');
    const signature = createHmac('sha1', `${keys.accessKeySecret}&`)
      .update(`GET&%2F&${encode(text)}`)
      .digest('base64');
    return fetch(`${this.server.endpoint}/-/sts/?${text}&Signature=${encode(signature)}`);
  }

  /** Assumes a role. */
  async assumeRole(roleArn: string, keys: Keys, sessionPolicy?: string): Promise<Keys> {
    const response = await this.askRole(roleArn, keys, sessionPolicy);
    const answer = (await response.json()) as { Credentials?: Record<string, string> };
    const { AccessKeyId, AccessKeySecret, SecurityToken } = answer.Credentials ?? {};
    if (AccessKeyId === undefined || AccessKeySecret === undefined || SecurityToken === undefined) {
      throw new Error(`AssumeRole: ${response.status} ${JSON.stringify(answer)}`);
    }
    return { accessKeyId: AccessKeyId, accessKeySecret: AccessKeySecret, token: SecurityToken };
  }
}

/** Writes a policy. */
export function policy(statements: readonly object[]): string {
  return JSON.stringify({ Version: '1', Statement: statements });
}

/** One statement that allows. */
export function allow(action: string | string[], resource: string | string[], more: object = {}): object {
  return { Effect: 'Allow', Action: action, Resource: resource, ...more };
}

/** One statement that denies. */
export function deny(action: string | string[], resource: string | string[], more: object = {}): object {
  return { Effect: 'Deny', Action: action, Resource: resource, ...more };
}

/** Status and code of an answer, such as `403 AccessDenied`; without a code for what is no error. */
export function outcomeOf({ status, body, headers }: RawAnswer): string {
  const document =
    body.length > 0 ? body.toString('utf8') : Buffer.from(headers['x-oss-err'] ?? '', 'base64').toString();
  const code = /<Code>(.*?)<\/Code>/.exec(document)?.[1];
  return code === undefined ? String(status) : `${status} ${code}`;
}
