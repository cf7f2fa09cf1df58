/** Credentials of the process's environment, in the variables of the official tools. */
import type { Credentials } from '@annals/protocol';
import type { CredentialProvider } from '../credentials/credential-provider.js';
import { AnnalsError } from '../error.js';

/** Names of the variables, id first, in the order in which they are looked for. */
const VARIABLES = [
  ['OSS_ACCESS_KEY_ID', 'OSS_ACCESS_KEY_SECRET', 'OSS_SESSION_TOKEN'],
  ['ALIBABA_CLOUD_ACCESS_KEY_ID', 'ALIBABA_CLOUD_ACCESS_KEY_SECRET', 'ALIBABA_CLOUD_SECURITY_TOKEN'],
] as const;

/**
 * A provider that reads `OSS_ACCESS_KEY_ID`, `OSS_ACCESS_KEY_SECRET` and `OSS_SESSION_TOKEN`, or their
 * `ALIBABA_CLOUD_` relatives, before each attempt. Without them it fails with `CredentialsMissing`.
 * @param environment Default: that of the process.
 */
export function environmentCredentials(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): CredentialProvider {
  return () => readEnvironment(environment);
}

function readEnvironment(environment: Readonly<Record<string, string | undefined>>): Credentials {
  for (const [idName, secretName, tokenName] of VARIABLES) {
    const accessKeyId = environment[idName];
    const accessKeySecret = environment[secretName];
    if (!accessKeyId || !accessKeySecret) continue;
    const securityToken = environment[tokenName];
    return { accessKeyId, accessKeySecret, ...(securityToken && { securityToken }) };
  }
  throw new AnnalsError(
    'CredentialsMissing',
    'Cannot sign: the environment has neither OSS_ACCESS_KEY_ID with OSS_ACCESS_KEY_SECRET nor their ALIBABA_CLOUD_ relatives',
    { outcome: 'not-applied' },
  );
}
