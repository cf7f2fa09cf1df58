/** `annals completion`: prints a script that completes commands and options. Leaves out names on servers. */
import { Argument, Command } from 'commander';
import { writeOutput } from '../terminal/standard-output.js';

/** Builds the command. */
export function completionCommand(): Command {
  return new Command('completion')
    .summary('print a script that completes commands and options in a shell')
    .description('Prints a script for a shell. It completes commands, their options, and names of local files.')
    .addArgument(new Argument('<shell>').choices(['bash', 'zsh', 'fish']))
    .addHelpText(
      'after',
      '\nExamples:\n  source <(annals completion bash)\n  annals completion zsh > ~/.zfunc/_annals\n  annals completion fish > ~/.config/fish/completions/annals.fish',
    )
    .action(printScript);
}

/** A place in a command line, and what may stand there. */
interface Place {
  /** Names of commands before it, such as `backup create`; empty at the beginning. */
  readonly path: string;
  readonly commands: readonly { readonly name: string; readonly summary: string }[];
  readonly options: readonly { readonly flag: string; readonly meaning: string }[];
}

async function printScript(shell: 'bash' | 'zsh' | 'fish', _options: object, command: Command): Promise<void> {
  const places = placesOf(command.parent ?? command, []);
  const script = { bash: bashScript, zsh: zshScript, fish: fishScript }[shell];
  await writeOutput(script(places));
}

function placesOf(command: Command, path: readonly string[]): readonly Place[] {
  const place = {
    path: path.join(' '),
    commands: command.commands.map((below) => ({ name: below.name(), summary: below.summary() })),
    options: command.options.flatMap(({ long, hidden, description }) =>
      long === undefined || long === null || hidden ? [] : [{ flag: long, meaning: description }],
    ),
  };
  return [place, ...command.commands.flatMap((below) => placesOf(below, [...path, below.name()]))];
}

/** Words that may follow, for shells that show no meanings. */
function wordsAt({ commands, options }: Place): string {
  return [...commands.map(({ name }) => name), ...options.map(({ flag }) => flag), '--help'].join(' ');
}

const groupNames = (places: readonly Place[]): string =>
  places
    .filter(({ path, commands }) => path !== '' && commands.length > 0)
    .map(({ path }) => `"${path}"`)
    .join('|');

/** The function both shells have in common: what may stand behind the commands of a line. */
function casesOf(places: readonly Place[]): string {
  return places.map((place) => `    "${place.path}") words="${wordsAt(place)}" ;;`).join('\n');
}

function bashScript(places: readonly Place[]): string {
  return `# bash completion for annals
_annals() {
  local current="\${COMP_WORDS[COMP_CWORD]}" path="" word words=""
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$word" in -*) continue ;; esac
    case "$path" in
      "") path="$word" ;;
      ${groupNames(places)}) path="$path $word" ;;
    esac
  done
  case "$path" in
${casesOf(places)}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _annals annals
`;
}

function zshScript(places: readonly Place[]): string {
  return `#compdef annals
_annals() {
  local current="\${words[CURRENT]}" place="" word candidates=""
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "$word" in -*) continue ;; esac
    case "$place" in
      "") place="$word" ;;
      ${groupNames(places)}) place="$place $word" ;;
    esac
  done
  case "$place" in
${casesOf(places).replaceAll('words=', 'candidates=')}
  esac
  compadd -- \${=candidates}
  _files
}
if [ "$funcstack[1]" = "_annals" ]; then _annals "$@"; else compdef _annals annals; fi
`;
}

function fishScript(places: readonly Place[]): string {
  const lines = places.flatMap(({ path, commands, options }) => {
    const condition = `test (__annals_place) = "${path}"`;
    return [
      ...commands.map(({ name, summary }) => fishLine(condition, `-f -a ${name}`, summary)),
      ...options.map(({ flag, meaning }) => fishLine(condition, `-l ${flag.slice(2)}`, meaning)),
      fishLine(condition, '-l help', 'show help'),
    ];
  });
  const groups = places.filter(({ path, commands }) => path !== '' && commands.length > 0);
  return `# fish completion for annals
function __annals_place
  set -l place ""
  for word in (commandline -opc)[2..-1]
    string match -q -- "-*" $word; and continue
    switch $place
      case ""
        set place $word
      case ${groups.map(({ path }) => `"${path}"`).join(' ')}
        set place "$place $word"
    end
  end
  echo $place
end
${lines.join('\n')}
`;
}

function fishLine(condition: string, what: string, meaning: string): string {
  return `complete -c annals -n '${condition}' ${what} -d '${meaning.replaceAll(/['\\]/g, '\\$&')}'`;
}
