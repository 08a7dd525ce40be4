/** Generates static completion scripts for shells from the command definitions. */
import type { Flag, Place, Value } from './completion-tree.ts';

export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
const words = (list: readonly string[]): string => quoted(list.join(' '));
const profiles = `halley profiles list 2>/dev/null | tail -n +2 | cut -f1 | tr -d ' *'`;

const namesOf = ({ long, short }: Flag): string[] => (short === undefined ? [long] : [long, short]);

/**
 * Pairs each set of values with the pattern that selects it in a `case` statement. Leaves out values of type
 * `text`.
 */
const valuePatterns = ({ path, flags, argument }: Place): readonly (readonly [string, Value])[] => [
  ...flags.flatMap((flag) =>
    flag.value === undefined
      ? []
      : [
          [
            namesOf(flag)
              .map((name) => quoted(`${path} ${name}`))
              .join('|'),
            flag.value,
          ] as const,
        ],
  ),
  ...(argument === undefined ? [] : [[quoted(`${path} <>`), argument] as const]),
];

function bashValue(value: Value): string {
  switch (value) {
    case 'file':
      return 'compopt -o filenames 2>/dev/null; local IFS=$\'\\n\'; COMPREPLY=($(compgen -f -- "$cur"))';
    case 'directory':
      return 'compopt -o filenames 2>/dev/null; local IFS=$\'\\n\'; COMPREPLY=($(compgen -d -- "$cur"))';
    case 'profile':
      return `COMPREPLY=($(compgen -W "$(${profiles})" -- "$cur"))`;
    case 'text':
      return ':';
    default:
      return `COMPREPLY=($(compgen -W ${words(value)} -- "$cur"))`;
  }
}

function bash(places: readonly Place[]): string {
  const commands = places.filter((place) => place.commands.length > 0);
  return `# Completion of halley for bash. In ~/.bashrc: source <(halley completion bash)
_halley_commands() {
  case "$1" in
${commands.map(({ path, commands: list }) => `    ${quoted(path)}) echo ${words(list.map(({ name }) => name))} ;;`).join('\n')}
  esac
}
_halley_flags() {
  case "$1" in
${places.map(({ path, flags }) => `    ${quoted(path)}) echo ${words(flags.flatMap(namesOf))} ;;`).join('\n')}
  esac
}
# Fills in what may follow a flag, or stand as an argument ("<>"). Fails where that is not known.
_halley_values() {
  case "$1" in
${places
  .flatMap(valuePatterns)
  .map(([pattern, value]) => `    ${pattern}) ${bashValue(value)} ;;`)
  .join('\n')}
    *) return 1 ;;
  esac
}
_halley() {
  local cur prev word path=halley i
  cur="\${COMP_WORDS[COMP_CWORD]}"
  prev="\${COMP_WORDS[COMP_CWORD-1]}"
  # --flag=value comes as three words.
  if [ "$cur" = "=" ]; then cur=
  elif [ "$prev" = "=" ]; then prev="\${COMP_WORDS[COMP_CWORD-2]}"; fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="\${COMP_WORDS[i]}"
    case " $(_halley_commands "$path") " in *" $word "*) [ "$word" = help ] || path="$path $word" ;; esac
  done
  COMPREPLY=()
  _halley_values "$path $prev" && return
  if [ "\${cur:0:1}" = "-" ]; then
    COMPREPLY=($(compgen -W "$(_halley_flags "$path")" -- "$cur"))
    return
  fi
  COMPREPLY=($(compgen -W "$(_halley_commands "$path")" -- "$cur"))
  [ \${#COMPREPLY[@]} -gt 0 ] || _halley_values "$path <>" || true
}
complete -F _halley halley
`;
}

function zshValue(value: Value): string {
  switch (value) {
    case 'file':
      return '_files';
    case 'directory':
      return '_files -/';
    case 'profile':
      return `compadd -- $(${profiles})`;
    case 'text':
      return ':';
    default:
      return `compadd -- ${value.map(quoted).join(' ')}`;
  }
}

/** Formats an item for `_describe`, which ends the name at the first unescaped colon. */
const described = (name: string, description: string): string =>
  quoted(`${name.replaceAll(':', '\\:')}:${description}`);

function zsh(places: readonly Place[]): string {
  const entries = (list: readonly string[]) => list.map((entry) => `      ${entry}`).join('\n');
  return `#compdef halley
# Completion of halley for zsh. In ~/.zshrc, after compinit: source <(halley completion zsh)
_halley_commands() {
  found=()
  case "$1" in
${places
  .filter((place) => place.commands.length > 0)
  .map(
    ({ path, commands }) =>
      `    ${quoted(path)}) found=(\n${entries(commands.map(({ name, description }) => described(name, description)))}\n    ) ;;`,
  )
  .join('\n')}
  esac
}
_halley_flags() {
  found=()
  case "$1" in
${places
  .map(
    ({ path, flags }) =>
      `    ${quoted(path)}) found=(\n${entries(flags.flatMap((flag) => namesOf(flag).map((name) => described(name, flag.description))))}\n    ) ;;`,
  )
  .join('\n')}
  esac
}
_halley_values() {
  case "$1" in
${places
  .flatMap(valuePatterns)
  .map(([pattern, value]) => `    ${pattern}) ${zshValue(value)} ;;`)
  .join('\n')}
    *) return 1 ;;
  esac
}
_halley() {
  local place=halley word i
  local -a found
  for ((i = 2; i < CURRENT; i++)); do
    word="\${words[i]}"
    _halley_commands "$place"
    if [[ "$word" != help && -n "\${found[(r)\${word}:*]}" ]]; then place="$place $word"; fi
  done
  _halley_values "$place \${words[CURRENT-1]}" && return
  if [[ "\${words[CURRENT]}" == -* ]]; then
    _halley_flags "$place"
    _describe 'option' found
    return
  fi
  _halley_commands "$place"
  if (( \${#found} )); then _describe 'command' found; else _halley_values "$place <>"; fi
}
if [ "$funcstack[1]" = "_halley" ]; then _halley "$@"; else compdef _halley halley; fi
`;
}

/** In fish a backslash is an escape character inside single quotes too. */
const fishQuoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

function fishValue(value: Value | undefined): string {
  switch (value) {
    case undefined:
      return '';
    case 'file':
      return ' -r -F';
    case 'directory':
      return " -x -a '(__fish_complete_directories)'";
    case 'profile':
      return ` -x -a ${fishQuoted(`(${profiles})`)}`;
    case 'text':
      return ' -x';
    default:
      return ` -x -a ${fishQuoted(value.join(' '))}`;
  }
}

function fish(places: readonly Place[]): string {
  const at = (path: string) => `complete -c halley -n ${fishQuoted(`__halley_at ${path}`)}`;
  const lines = places.flatMap(({ path, commands, flags, argument }) => [
    ...commands.map(
      ({ name, description }) => `${at(path)} -a ${fishQuoted(name)} -d ${fishQuoted(description)}`,
    ),
    ...flags.map(({ long, short, description, value }) => {
      const letter = short === undefined ? '' : ` -s ${short.slice(1)}`;
      return `${at(path)} -l ${long.slice(2)}${letter}${fishValue(value)} -d ${fishQuoted(description)}`;
    }),
    ...(argument === undefined || argument === 'text'
      ? []
      : [`${at(path)}${fishValue(argument).replace(' -r', '').replace(' -x', '')}`]),
  ]);
  return `# Completion of halley for fish. In ~/.config/fish/config.fish: halley completion fish | source
function __halley_commands
  switch "$argv"
${places
  .filter((place) => place.commands.length > 0)
  .map(
    ({ path, commands }) =>
      `    case ${fishQuoted(path)}\n      printf '%s\\n' ${commands.map(({ name }) => name).join(' ')}`,
  )
  .join('\n')}
  end
end
function __halley_at
  set -l place halley
  for word in (commandline -opc)[2..-1]
    if test "$word" != help; and contains -- $word (__halley_commands $place)
      set place "$place $word"
    end
  end
  test "$place" = "$argv"
end
complete -c halley -f
${lines.join('\n')}
`;
}

export function completionScript(places: readonly Place[], shell: Shell): string {
  return { bash, zsh, fish }[shell](places);
}
