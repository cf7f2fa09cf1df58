import { describe, expect, it } from 'vitest';
import { ERROR_TABLE, isErrorCode } from './error-table.js';
import { parseErrorHeader, parseErrorXml, renderError, renderErrorXml } from './error-xml.js';
import { OssError } from './oss-error.js';

const CONTEXT = { requestId: '6556E3AED11E553933CCDEDF', hostId: 'logs.oss-cn-hangzhou.aliyuncs.com' };

describe('renderErrorXml', () => {
  it("writes the public service's document", () => {
    const error = new OssError('NoSuchKey', { details: { Key: 'missing.txt' } });
    expect(renderErrorXml(error, CONTEXT)).toBe(
      `<?xml version="1.0" encoding="UTF-8"?>
<Error>
  <Code>NoSuchKey</Code>
  <Message>The specified key does not exist.</Message>
  <RequestId>6556E3AED11E553933CCDEDF</RequestId>
  <HostId>logs.oss-cn-hangzhou.aliyuncs.com</HostId>
  <Key>missing.txt</Key>
  <EC>0026-00000001</EC>
  <RecommendDoc>https://api.aliyun.com/troubleshoot?q=0026-00000001</RecommendDoc>
</Error>
`,
    );
  });
  it('leaves out empty elements', () => {
    const error = new OssError('FileImmutable', { details: { Key: '' } });
    const document = renderErrorXml(error, { requestId: 'A', hostId: '' });
    expect(document).not.toMatch(/<Key|<EC|<HostId|<RecommendDoc/);
  });
  it('nests details named with a dot', () => {
    const error = new OssError('AccessDenied', {
      details: { 'AccessDeniedDetail.AuthAction': 'oss:GetObject', 'AccessDeniedDetail.PolicyType': 'x' },
    });
    expect(renderErrorXml(error, CONTEXT)).toContain(
      '  <AccessDeniedDetail>\n    <AuthAction>oss:GetObject</AuthAction>\n    <PolicyType>x</PolicyType>\n  </AccessDeniedDetail>\n',
    );
  });
});

describe('renderError', () => {
  const error = new OssError('PositionNotEqualToLength', { headers: { 'x-oss-next-append-position': '7' } });
  it('puts the document into the body', () => {
    const response = renderError(error, { ...CONTEXT, method: 'POST' });
    expect(response.status).toBe(409);
    expect(response.headers).toEqual({
      'x-oss-next-append-position': '7',
      'x-oss-ec': '0026-00000016',
      'Content-Type': 'application/xml',
    });
    expect(response.body).toContain('<Message>Position is not equal to file length</Message>');
  });
  it('puts it into x-oss-err on HEAD', () => {
    const withName = new OssError('NoSuchKey', { details: { Key: '日志' } });
    const response = renderError(withName, { ...CONTEXT, method: 'HEAD' });
    expect(response.body).toBe('');
    expect(response.headers['x-oss-ec']).toBe('0026-00000001');
    expect(parseErrorHeader(response.headers['x-oss-err'] ?? '')).toEqual({
      code: 'NoSuchKey',
      message: 'The specified key does not exist.',
      requestId: CONTEXT.requestId,
      hostId: CONTEXT.hostId,
      ec: '0026-00000001',
      details: { Key: '日志' },
    });
  });
  it('cuts what no header can hold', () => {
    const long = new OssError('SignatureDoesNotMatch', { details: { StringToSign: 'x'.repeat(20_000) } });
    const header = renderError(long, { ...CONTEXT, method: 'HEAD' }).headers['x-oss-err'] ?? '';
    expect(header.length).toBeLessThan(8192);
    expect(parseErrorHeader(header)).toMatchObject({ code: 'SignatureDoesNotMatch', details: {} });
  });
  it('sends nothing but headers with 304', () => {
    expect(renderError(new OssError('NotModified'), { ...CONTEXT, method: 'GET' })).toEqual({
      status: 304,
      headers: {},
      body: '',
    });
  });
});

describe('parseErrorXml', () => {
  it('accepts documents of other servers', () => {
    expect(parseErrorXml('<?xml version="1.0"?><Error><Code>Weird</Code><Extra>1</Extra></Error>')).toEqual({
      code: 'Weird',
      message: undefined,
      requestId: undefined,
      hostId: undefined,
      ec: undefined,
      details: { Extra: '1' },
    });
  });
  it.each(['', '<html><body>502</body></html>', 'Bad Gateway', '<Error>', '{}'])('gives undefined for %j', (body) => {
    expect(parseErrorXml(body)).toBeUndefined();
  });
  it('reads back details, nested ones too', () => {
    const details = { Bucket: 'b', 'AccessDeniedDetail.AuthAction': 'oss:GetObject' };
    expect(parseErrorXml(renderErrorXml(new OssError('AccessDenied', { details }), CONTEXT))?.details).toEqual(details);
  });
  it('gives undefined for a header that is no base64', () => {
    expect(parseErrorHeader('***')).toBeUndefined();
  });
});

describe('ERROR_TABLE', () => {
  it('has a status, a message and a well-formed EC in every row', () => {
    for (const [code, row] of Object.entries(ERROR_TABLE)) {
      expect(isErrorCode(code)).toBe(true);
      expect(row.status).toBeGreaterThanOrEqual(203);
      expect(row.message).not.toBe('');
      if (row.ec !== undefined) expect(row.ec).toMatch(/^\d{4}-\d{8}$/);
    }
    expect(isErrorCode('toString')).toBe(false);
  });
  it('lets one code travel with another status', () => {
    const error = new OssError('NotImplemented', { status: 501, message: 'x' });
    expect([error.status, error.code, error.message]).toEqual([501, 'NotImplemented', 'x']);
    expect(new OssError('NotImplemented').status).toBe(400);
  });
});
