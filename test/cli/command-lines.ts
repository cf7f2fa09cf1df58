/**
 * A line that succeeds and a line that fails for every command, in an order in which each finds what it needs. Leaves
 * out `serve`, which does not end, and `config init`, which asks people (`packages/cli/src/terminal.test.ts`).
 */

/** A command line and its exit code. `{}` in it stands for a name that no other run has. */
export type CommandLine = readonly [exitCode: number, words: string];

const NO_SERVER = '--endpoint http://127.0.0.1:2';

/** Documents of buckets: what a command puts, by its name. */
export const DOCUMENTS: Readonly<Record<string, string>> = {
  lifecycle:
    '<LifecycleConfiguration><Rule><ID>old</ID><Prefix>a/</Prefix><Status>Enabled</Status><Expiration><Days>9</Days></Expiration></Rule></LifecycleConfiguration>',
  cors: '<CORSConfiguration><CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod></CORSRule></CORSConfiguration>',
  'bucket-policy':
    '{"Version":"1","Statement":[{"Effect":"Allow","Principal":["*"],"Action":["oss:GetObject"],"Resource":["acs:oss:*:*:*"]}]}',
  website: '<WebsiteConfiguration><IndexDocument><Suffix>index.html</Suffix></IndexDocument></WebsiteConfiguration>',
  encryption:
    '<ServerSideEncryptionRule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm></ApplyServerSideEncryptionByDefault></ServerSideEncryptionRule>',
  logging:
    '<BucketLoggingStatus><LoggingEnabled><TargetBucket>logs</TargetBucket><TargetPrefix>l/</TargetPrefix></LoggingEnabled></BucketLoggingStatus>',
  referer:
    '<RefererConfiguration><AllowEmptyReferer>true</AllowEmptyReferer><RefererList><Referer>http://a.example</Referer></RefererList></RefererConfiguration>',
};

function documentLines(name: string): readonly CommandLine[] {
  return [
    [0, `${name} put oss://w{} ${name}.document`],
    [2, `${name} put oss://w{} small`],
    [0, `${name} get oss://w{}`],
    [3, `${name} get oss://none-such`],
    // A bucket always has a list of referers.
    [name === 'referer' ? 2 : 0, `${name} delete oss://w{}`],
    [name === 'referer' ? 2 : 3, `${name} delete oss://none-such`],
  ];
}

const OBJECTS: readonly CommandLine[] = [
  [0, 'mb oss://w{}'],
  [2, 'mb oss://No'],
  [0, 'append small oss://logs/{}/appended'],
  [1, 'append missing oss://logs/{}/appended'],
  [0, 'tail oss://logs/{}/appended'],
  [3, 'tail oss://logs/none'],
  [0, 'cat oss://logs/{}/appended'],
  [3, 'cat oss://logs/none'],
  [0, 'stat oss://logs/{}/appended'],
  [3, 'stat oss://logs/none'],
  [0, 'ls oss://logs/{}/'],
  [3, 'ls oss://none-such'],
  [0, 'cp small oss://w{}/copied'],
  [1, 'cp missing oss://w{}/copied'],
  [0, 'mv oss://w{}/copied oss://w{}/moved'],
  [3, 'mv oss://w{}/copied oss://w{}/moved'],
  [0, 'sync tree oss://w{}/tree'],
  [1, 'sync missing oss://w{}/tree'],
  [0, 'du oss://w{}'],
  [3, 'du oss://none-such'],
  [0, 'seal oss://logs/{}/appended'],
  [3, 'seal oss://logs/none'],
  [0, 'convert --to appendable oss://w{}/moved'],
  [3, 'convert --to appendable oss://w{}/none'],
  [0, 'sign oss://w{}/moved'],
  [2, 'sign w{}/moved'],
  [0, 'acl oss://w{}/moved public-read'],
  [2, 'acl oss://w{}/moved open'],
  [0, 'tag oss://w{}/moved room=1'],
  [2, 'tag oss://w{}/moved room'],
  [0, 'versions oss://w{}'],
  [3, 'versions oss://none-such'],
  ...Object.keys(DOCUMENTS).flatMap(documentLines),
  [0, 'policy put oss://w{} bucket-policy.document'],
  [2, 'policy put oss://w{} small'],
  [0, 'policy get oss://w{}'],
  [0, 'policy delete oss://w{}'],
  [3, 'policy get oss://w{}'],
  [3, 'policy delete oss://none-such'],
  [0, 'doctor oss://w{}'],
  [1, `doctor ${NO_SERVER}`],
  [0, 'config set --profile p{} region=cn-hangzhou'],
  [2, 'config set --profile p{} colour=red'],
  [0, 'config show'],
  [2, 'config show --profile none'],
  [0, 'completion bash'],
  [2, 'completion tcsh'],
  [0, 'rm -r oss://w{}/'],
  [2, 'rm oss://w{}'],
  [0, 'rb oss://w{}'],
  [3, 'rb oss://none-such'],
];

const ACCESS: readonly CommandLine[] = [
  [0, 'user create u{}'],
  [1, 'user create u{}'],
  [0, 'user list'],
  [5, `user list ${NO_SERVER}`],
  ...(['user show', 'user disable', 'user enable', 'access-key list', 'access-key create'] as const).flatMap(
    (name): CommandLine[] => [
      [0, `${name} u{}`],
      [3, `${name} none`],
    ],
  ),
  ...(['enable', 'disable', 'delete'] as const).map((name): CommandLine => [3, `access-key ${name} u{} AN0`]),
  [0, 'group create g{}'],
  [1, 'group create g{}'],
  [0, 'user join u{} g{}'],
  [3, 'user join u{} none'],
  [0, 'group show g{}'],
  [3, 'group show none'],
  [0, 'group list'],
  [5, `group list ${NO_SERVER}`],
  [0, 'user leave u{} g{}'],
  [5, `user leave u{} g{} ${NO_SERVER}`],
  [0, 'policy create p{} policy.json'],
  [1, 'policy create p{} small'],
  [0, 'policy update p{} policy.json'],
  [1, 'policy update p{} missing'],
  [0, 'policy show p{}'],
  [3, 'policy show none'],
  [0, 'policy list'],
  [5, `policy list ${NO_SERVER}`],
  [0, 'policy attach p{} --user u{}'],
  [2, 'policy attach p{}'],
  [0, 'policy detach p{} --user u{}'],
  [2, 'policy detach p{}'],
  [0, 'policy delete p{}'],
  [3, 'policy delete p{}'],
  [0, 'role create r{} --trust-policy trust.json'],
  [2, 'role create r{}'],
  [0, 'role update r{} --longest 2h'],
  [3, 'role update none --longest 2h'],
  [0, 'role show r{}'],
  [3, 'role show none'],
  [0, 'role list'],
  [5, `role list ${NO_SERVER}`],
  [4, 'sts assume-role acs:ram::0:role/none'],
  [0, 'sts identity'],
  [5, `sts identity ${NO_SERVER}`],
  [0, 'sts revoke --role r{}'],
  [2, 'sts revoke'],
  [0, 'sts revocations'],
  [5, `sts revocations ${NO_SERVER}`],
  [0, 'role delete r{}'],
  [3, 'role delete r{}'],
  [0, 'group delete g{}'],
  [3, 'group delete g{}'],
  [0, 'user delete u{}'],
  [3, 'user delete u{}'],
];

const OPERATION: readonly CommandLine[] = [
  [0, 'quota set --bucket logs --objects 100000'],
  [2, 'quota set --objects 100000'],
  [0, 'quota show --bucket logs'],
  [3, 'quota show --bucket none-such'],
  [0, 'quota list'],
  [5, `quota list ${NO_SERVER}`],
  [0, 'quota delete --bucket logs'],
  [2, 'quota delete'],
  ...[
    'status',
    'root show',
    'master-key show',
    'master-key reseal',
    'audit head',
    'scrub status',
    'scrub stop',
  ].flatMap((name): CommandLine[] => [
    [0, name],
    [5, `${name} ${NO_SERVER}`],
  ]),
  [0, 'scrub start'],
  [5, `scrub start ${NO_SERVER}`],
  [5, `root rotate ${NO_SERVER}`],
  [5, `root end-overlap ${NO_SERVER}`],
  [0, 'audit verify --data data'],
  [1, 'audit verify --data missing'],
  [0, 'audit show --data data --last 2'],
  [2, 'audit show --data data --last none'],
  [0, 'backup create --quiet backups-{}'],
  [5, `backup create --quiet backups-{} ${NO_SERVER}`],
  [0, 'backup list backups-{}'],
  [1, 'backup list small'],
  [0, 'backup verify --quiet backups-{}'],
  [1, 'backup verify --quiet missing'],
  [0, 'backup prune --quiet --keep 1 backups-{}'],
  [2, 'backup prune --quiet --keep 0 backups-{}'],
  [0, 'restore --quiet --data restored-{} backups-{}'],
  [1, 'restore --quiet --data other-{} missing'],
  [0, 'fsck restored-{}'],
  [2, 'fsck missing'],
  [0, 'storage check --data data'],
  [2, 'storage check --data data --blobs ftp://bucket'],
  [0, 'migrate --quiet --from restored-{} --to moved-{}'],
  [2, 'migrate --quiet --from missing --to moved-{}'],
  [2, 'migrate --quiet --from restored-{} --to restored-{}'],
  [0, 'key rotate --data restored-{}'],
  [1, 'key rotate --data missing'],
];

/** All of them. */
export const COMMAND_LINES: readonly CommandLine[] = [...OBJECTS, ...ACCESS, ...OPERATION];

/** Commands whose success needs more than a line: what shows it instead. */
export const WITHOUT_SUCCESS: Readonly<Record<string, string>> = {
  serve: 'packages/cli/src/serve.test.ts',
  'config init': 'packages/cli/src/terminal.test.ts',
  'access-key enable': 'test/access-control/admin-api.test.ts: needs the id of a key that was made',
  'access-key disable': 'as enable',
  'access-key delete': 'as enable',
  'referer delete': 'a bucket always has this document',
  'sts assume-role': 'test/access-control: needs the number of an account',
  'root rotate': 'test/access-control: the keys of all other lines end with it',
  'root end-overlap': 'as rotate',
};
