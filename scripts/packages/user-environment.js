// @ts-check
/** The environment of a user, for an npm that runs inside a script of npm. */

/** Without what npm tells the scripts it runs: they would point the inner npm at this checkout. */
export function userEnvironment() {
  return Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^(?:npm_(?!config_(?:cache|registry|userconfig)$)|NODE_ENV$|INIT_CWD$)/i.test(name),
    ),
  );
}
