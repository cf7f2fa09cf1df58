/** Which names a command means: `--include` and `--exclude`, in the order in which they are given. */
import { type Command, Option } from 'commander';
import picomatch from 'picomatch';

/** One pattern. */
export interface NameRule {
  readonly isIncluded: boolean;
  readonly matches: (name: string) => boolean;
}

/** Options of commands that take patterns; both hold the same rules, because their order counts. */
export interface FilterOptions {
  readonly include?: readonly NameRule[];
  readonly exclude?: readonly NameRule[];
}

/**
 * Adds the two options. Of the patterns that a name matches, the last one decides; a name that matches none is left out
 * when the first pattern includes, and otherwise taken.
 */
export function withFilterOptions(command: Command): Command {
  const rules: NameRule[] = [];
  const add = (isIncluded: boolean) => (pattern: string) => {
    // `*.log` means names in every folder, as in other tools; `logs/*.log` those of one.
    rules.push({ isIncluded, matches: picomatch(pattern, { dot: true, basename: !pattern.includes('/') }) });
    return rules;
  };
  return command
    .addOption(
      new Option('--include <pattern>', 'take names that match, such as "*.log" or "2026/**"; repeatable').argParser(
        add(true),
      ),
    )
    .addOption(new Option('--exclude <pattern>', 'leave out names that match; repeatable').argParser(add(false)));
}

/** Whether the rules take a name. */
export function isTaken({ include, exclude }: FilterOptions, name: string): boolean {
  const rules = include ?? exclude ?? [];
  const deciding = rules.findLast((rule) => rule.matches(name));
  if (deciding !== undefined) return deciding.isIncluded;
  return rules[0]?.isIncluded !== true;
}
