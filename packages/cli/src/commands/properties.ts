/** Commands that show and change properties: `acl`, `tag`, `versions`. */
import { BUCKET_ACLS, OBJECT_ACLS, type Tag, type VersioningStatus } from '@annals/client';
import { Command, Option } from 'commander';
import { CommandFailure, EXIT_CODES } from '../command-failure.js';
import { type ConnectionOptions, connect, withConnectionOptions } from '../connect.js';
import { parseBucketUrl, parseOssUrl } from '../oss-url.js';
import { formatTime } from '../terminal/format-time.js';
import { writeOutput } from '../terminal/standard-output.js';

interface PropertyOptions extends ConnectionOptions {
  readonly json?: true;
}

/** Builds `annals acl`. */
export function aclCommand(): Command {
  return withConnectionOptions(new Command('acl'))
    .summary('show or change the ACL of a bucket or object')
    .description('Shows the ACL, or changes it where one is given.')
    .argument('<url>', 'oss://BUCKET or oss://BUCKET/KEY')
    .argument('[acl]', `of a bucket ${BUCKET_ACLS.join(', ')}; of an object ${OBJECT_ACLS.join(', ')}`)
    .option('--json', 'one JSON object')
    .addHelpText('after', '\nExamples:\n  annals acl oss://www\n  annals acl oss://www/index.html public-read')
    .action(showOrChangeAcl);
}

async function showOrChangeAcl(url: string, wanted: string | undefined, options: PropertyOptions): Promise<void> {
  const { bucket, key } = parseOssUrl(url);
  const client = connect(options);
  if (key === '') {
    if (wanted !== undefined) await client.putBucketAcl({ bucket, acl: oneOf(BUCKET_ACLS, wanted) });
    const { acl, ownerId } = await client.getBucketAcl({ bucket });
    return print(options, { url, acl, ownerId }, acl);
  }
  if (wanted !== undefined) await client.putObjectAcl({ bucket, key, acl: oneOf(OBJECT_ACLS, wanted) });
  const { acl, ownerId } = await client.getObjectAcl({ bucket, key });
  return print(options, { url, acl, ownerId }, acl);
}

function oneOf<Value extends string>(values: readonly Value[], text: string): Value {
  const found = values.find((value) => value === text);
  if (found !== undefined) return found;
  throw usage(`Cannot set the ACL "${text}": expected ${values.join(', ')}`);
}

/** Builds `annals tag`. */
export function tagCommand(): Command {
  return withConnectionOptions(new Command('tag'))
    .summary('show or change the tags of a bucket or object')
    .description('Shows the tags; with NAME=VALUE replaces all of them; with --delete removes them.')
    .argument('<url>', 'oss://BUCKET or oss://BUCKET/KEY')
    .argument('[tags...]', 'NAME=VALUE')
    .option('--delete', 'remove all tags')
    .option('--json', 'one JSON object')
    .addHelpText(
      'after',
      '\nExamples:\n  annals tag oss://logs/app.log\n  annals tag oss://logs/app.log room=1 kept=yes',
    )
    .action(showOrChangeTags);
}

async function showOrChangeTags(
  url: string,
  pairs: readonly string[],
  options: PropertyOptions & { readonly delete?: true },
): Promise<void> {
  const { bucket, key } = parseOssUrl(url);
  const client = connect(options);
  const target = { bucket, key };
  if (options.delete === true && pairs.length > 0) throw usage('Cannot set tags and remove them at once');
  if (options.delete === true) {
    await (key === '' ? client.bucketSettings.tags.delete({ bucket }) : client.deleteObjectTags(target));
  } else if (pairs.length > 0) {
    const tags = pairs.map(readTag);
    await (key === ''
      ? client.bucketSettings.tags.put({ bucket, value: tags })
      : client.putObjectTags({ ...target, tags }));
  }
  const tags =
    key === '' ? ((await client.bucketSettings.tags.get({ bucket })) ?? []) : await client.getObjectTags(target);
  if (options.json === true) {
    return print(options, { url, tags: Object.fromEntries(tags.map((tag) => [tag.key, tag.value])) }, '');
  }
  for (const tag of tags) await writeOutput(`${tag.key}=${tag.value}\n`);
}

function readTag(pair: string): Tag {
  const at = pair.indexOf('=');
  if (at < 1) throw usage(`Cannot use the tag "${pair}": expected NAME=VALUE`);
  return { key: pair.slice(0, at), value: pair.slice(at + 1) };
}

/** Builds `annals versions`. */
export function versionsCommand(): Command {
  return withConnectionOptions(new Command('versions'))
    .summary('list versions, or turn the keeping of versions on and off')
    .description(
      'Lists versions and delete markers, the newest of a key first. Columns: time (UTC), length, version id, name; * is the one that counts now.',
    )
    .argument('<url>', 'oss://BUCKET or oss://BUCKET/PREFIX')
    .addOption(new Option('--set <state>', 'keep versions, or stop it').choices(['enabled', 'suspended']))
    .option('--state', 'only say whether versions are kept')
    .option('--json', 'one JSON object per line')
    .addHelpText(
      'after',
      '\nExamples:\n  annals versions oss://logs/app.log\n  annals versions --set enabled oss://logs',
    )
    .action(showVersions);
}

const STATES: Readonly<Record<'enabled' | 'suspended', VersioningStatus>> = {
  enabled: 'Enabled',
  suspended: 'Suspended',
};

interface VersionsOptions extends PropertyOptions {
  readonly set?: 'enabled' | 'suspended';
  readonly state?: true;
}

async function showVersions(url: string, options: VersionsOptions): Promise<void> {
  const client = connect(options);
  if (options.set !== undefined || options.state === true) {
    const bucket = parseBucketUrl(url);
    const { versioning } = client.bucketSettings;
    if (options.set !== undefined) await versioning.put({ bucket, value: STATES[options.set] });
    const state = (await versioning.get({ bucket }))?.toLowerCase() ?? 'never enabled';
    return print(options, { url, versioning: state }, state);
  }
  const { bucket, key: prefix } = parseOssUrl(url);
  for await (const { versions } of client.listVersions({ bucket, ...(prefix !== '' && { prefix }) })) {
    for (const version of versions) {
      const { key, versionId, isLatest, lastModifiedMs, kind } = version;
      const length = kind === 'version' ? version.lengthBytes : undefined;
      const lastModifiedAt = formatTime(lastModifiedMs);
      const place = `oss://${bucket}/${key}`;
      const columns = [
        lastModifiedAt,
        String(length ?? 'deleted').padStart(LENGTH_WIDTH),
        versionId,
        isLatest ? '*' : ' ',
      ];
      await print(
        options,
        { url: place, versionId, isLatest, kind, length, lastModifiedAt },
        `${columns.join('  ')} ${place}`,
      );
    }
  }
}

const LENGTH_WIDTH = 12;

async function print({ json }: PropertyOptions, facts: object, line: string): Promise<void> {
  await writeOutput(`${json === true ? JSON.stringify(facts) : line}\n`);
}

function usage(message: string): CommandFailure {
  return new CommandFailure(message, { exitCode: EXIT_CODES.usage });
}
