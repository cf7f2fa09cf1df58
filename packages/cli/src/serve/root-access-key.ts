/**
 * The root key pair as the environment has it, and what it is made of. Leaves out the files that hold it
 * (`open-root-keys.ts`).
 */

/** The key pair that may do everything. */
export interface RootAccessKey {
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
}

/** Environment variables that hold the pair. */
export const ROOT_ACCESS_KEY_ID_VARIABLE = 'ANNALS_ROOT_ACCESS_KEY_ID';
/** Environment variable that holds the secret of the root's access key. */
export const ROOT_ACCESS_KEY_SECRET_VARIABLE = 'ANNALS_ROOT_ACCESS_KEY_SECRET';

/** Anything else could not stand in an Authorization header between its separators. */
export const ACCESS_KEY_ID = /^[A-Za-z0-9._-]{1,128}$/;
/** What a secret is made of. */
export const ACCESS_KEY_SECRET = /^[\x21-\x7e]{1,128}$/;

/**
 * Reads the pair from the environment.
 * @returns The pair, or `undefined` when neither variable is set.
 * @param problems Receives what is wrong, without the values.
 */
export function readRootAccessKey(environment: NodeJS.ProcessEnv, problems: string[]): RootAccessKey | undefined {
  const accessKeyId = environment[ROOT_ACCESS_KEY_ID_VARIABLE] ?? '';
  const accessKeySecret = environment[ROOT_ACCESS_KEY_SECRET_VARIABLE] ?? '';
  if (accessKeyId === '' && accessKeySecret === '') return undefined;
  if (accessKeyId === '' || accessKeySecret === '') {
    const [missing, present] =
      accessKeyId === ''
        ? [ROOT_ACCESS_KEY_ID_VARIABLE, ROOT_ACCESS_KEY_SECRET_VARIABLE]
        : [ROOT_ACCESS_KEY_SECRET_VARIABLE, ROOT_ACCESS_KEY_ID_VARIABLE];
    problems.push(`${missing}: not set although ${present} is; set both or neither`);
    return undefined;
  }
  if (!ACCESS_KEY_ID.test(accessKeyId)) {
    problems.push(`${ROOT_ACCESS_KEY_ID_VARIABLE}: expected 1 to 128 of A-Z, a-z, 0-9, ".", "_" and "-"`);
  }
  if (accessKeyId.startsWith('STS.')) {
    problems.push(`${ROOT_ACCESS_KEY_ID_VARIABLE}: expected another beginning than "STS.", which temporary keys have`);
  }
  if (!ACCESS_KEY_SECRET.test(accessKeySecret)) {
    problems.push(`${ROOT_ACCESS_KEY_SECRET_VARIABLE}: expected 1 to 128 visible ASCII characters without spaces`);
  }
  return { accessKeyId, accessKeySecret };
}
