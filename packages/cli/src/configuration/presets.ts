/**
 * Presets: settings that belong together, under one name. Each of them may be given by itself as well and then wins
 * over the preset, in a file and as a flag. Leaves out what the settings mean (`schema.ts`).
 */

/** Names of presets. */
export const PRESET_NAMES = ['cloud'] as const;

/** What each says, as a configuration file would. */
const PRESETS: Readonly<Record<(typeof PRESET_NAMES)[number], Readonly<Record<string, unknown>>>> = {
  // Looks like the public service to a program that was written for it.
  cloud: {
    region: 'cn-hangzhou',
    'block-public-access': true,
    appendable: { overwrite: 'allow' },
    archive: { 'restore-delay': '1m' },
    kms: { 'make-default-key': true },
  },
};

/**
 * Puts a preset below what was given.
 * @param given Settings of file and flags; its `preset` names the preset. An unknown one is left for the schema to
 * refuse.
 * @returns The settings of both; of groups, too, each setting that was given wins.
 */
export function withPreset(given: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const name = PRESET_NAMES.find((known) => known === given.preset);
  if (name === undefined) return { ...given };
  const merged: Record<string, unknown> = { ...PRESETS[name], ...given };
  for (const [setting, value] of Object.entries(PRESETS[name])) {
    const own = given[setting];
    if (isGroup(value) && isGroup(own)) merged[setting] = { ...value, ...own };
  }
  return merged;
}

function isGroup(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
