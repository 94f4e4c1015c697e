// Told in chapters/05-experiments/13-command-manual.md. Edit it there, or edit here and stitch.
import { COMMON, DONE, print, type Noun, type Option, type Told, type Verb } from './message-bus-command-table.ts'

type Maker = (nouns: readonly Told[]) => string
const shell = (name: string, make: Maker, examples: Verb['examples']): Verb => ({
  about: `Print what completes fcs in ${name}.`, words: [], options: {}, examples,
  run: async (_, everything) => {
    await print(make(await everything()))
    return DONE
  },
})

export const noun: Noun = {
  verbs: {
    bash: shell('bash', bash, [['source <(fcs completion bash)', 'in ~/.bashrc']]),
    zsh: shell('zsh', zsh, [['fcs completion zsh > ~/.zsh/_fcs', 'with ~/.zsh in fpath, before compinit']]),
    fish: shell('fish', fish, [['fcs completion fish > ~/.config/fish/completions/fcs.fish', 'once']]),
  },
}

/** Each verb with the words that lead to it. */
const verbsOf = (nouns: readonly Told[]) => nouns.flatMap(({ name, verbs }) =>
  Object.entries(verbs).map(([verb, table]) => ({ words: verb === '' ? [name] : [name, verb], table })))

const optionsOf = ({ options }: Verb) => Object.entries({ ...options, ...COMMON })
const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`

function bash(nouns: readonly Told[]): string {
  const withVerbs = nouns.filter(({ verbs }) => !('' in verbs))
  const cases = verbsOf(nouns).map(({ words, table }) => {
    const options = optionsOf(table).map(([name, { isBare }]) => `--${name}${isBare ? '=' : ''}`)
    const values = optionsOf(table).filter(([, { value, isBare }]) => value !== undefined && !isBare)
      .map(([name, { short, choices = [] }]) =>
        `      --${name}${short === undefined ? '' : `|-${short}`}) values=${quoted(choices.join(' '))} ;;`)
    return `  ${quoted(words.join(' '))})
    options=${quoted(options.join(' '))}
    case $prev in
${[...values, '      *) isValue=no ;;'].join('\n')}
    esac ;;`
  })
  return BASH.replace('@nouns@', () => nouns.map(({ name }) => name).join(' '))
    .replace('@verbs@', () => withVerbs.map(({ name, verbs }) => `    ${name}) verbs=${quoted(Object.keys(verbs).join(' '))} ;;`).join('\n'))
    .replace('@cases@', () => cases.join('\n'))
}

const BASH = `# bash completion for fcs. Made from the tables of the verbs.
_fcs() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD - 1]}
  local nouns='@nouns@' verbs='' options='' values='' isValue=yes i
  COMPREPLY=()
  for ((i = 2; i < COMP_CWORD; i++)); do
    [[ \${COMP_WORDS[i]} == -- ]] || continue
    if ((i + 1 < COMP_CWORD)) && declare -F _command_offset > /dev/null; then _command_offset $((i + 1))
    elif ((i + 1 == COMP_CWORD)); then COMPREPLY=($(compgen -c -- "$cur"))
    else compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); fi
    return
  done
  case \${COMP_WORDS[1]} in
@verbs@
  esac
  if ((COMP_CWORD == 1)); then COMPREPLY=($(compgen -W "$nouns help --help --version" -- "$cur")); return; fi
  if [[ \${COMP_WORDS[1]} == help ]]; then COMPREPLY=($(compgen -W "$nouns" -- "$cur")); return; fi
  if [[ -n $verbs ]] && ((COMP_CWORD == 2)); then COMPREPLY=($(compgen -W "$verbs --help" -- "$cur")); return; fi
  case "\${COMP_WORDS[1]}\${verbs:+ \${COMP_WORDS[2]}}" in
@cases@
  esac
  if [[ $isValue == yes && -n $options ]]; then COMPREPLY=($(compgen -W "$values" -- "$cur")); return; fi
  if [[ $cur == -* ]]; then
    COMPREPLY=($(compgen -W "$options" -- "$cur"))
    [[ \${COMPREPLY[0]} == *= ]] && compopt -o nospace
    return
  fi
  compopt -o filenames
  mapfile -t COMPREPLY < <(compgen -f -- "$cur")
}
complete -F _fcs fcs
`

function zsh(nouns: readonly Told[]): string {
  const described = (table: Readonly<Record<string, string>>) => Object.entries(table).map(([name, about]) =>
    quoted(`${name}:${about}`)).join(' ')
  const cases = nouns.map(({ name, verbs }) => {
    if ('' in verbs) return `    ${name}) shift words; ((CURRENT--)); ${zshArguments(verbs['']!)} ;;`
    const abouts = Object.fromEntries(Object.entries(verbs).map(([verb, { about }]) => [verb, about]))
    const inner = Object.entries(verbs).map(([verb, table]) => `        ${verb}) ${zshArguments(table)} ;;`)
    return `    ${name})
      if ((CURRENT == 3)); then table=(${described(abouts)}); _describe verb table; return; fi
      local verb=$words[3]
      shift 2 words; ((CURRENT -= 2))
      case $verb in
${inner.join('\n')}
      esac ;;`
  })
  const abouts = Object.fromEntries(nouns.map(({ name, about }) => [name, about]))
  return ZSH.replace('@nouns@', () => described({ ...abouts, help: 'the help of a noun' })).replace('@cases@', () => cases.join('\n'))
}

function zshArguments(verb: Verb): string {
  const specs = optionsOf(verb).map(([name, { short, value, isBare, about, choices }]: [string, Option]) => {
    const text = `[${about.replace(/[[\]:]/g, '\\$&')}]`
    const action = value === undefined ? '' : `:${value}:${choices === undefined ? ' ' : `(${choices.join(' ')})`}`
    const long = `--${name}${value === undefined ? '' : isBare ? '=-' : '='}`
    const optional = isBare ? `:${action}` : action
    if (short === undefined) return quoted(`${long}${text}${optional}`)
    const both = `'(-${short} --${name})'`
    return `${both}${quoted(`-${short}${value === undefined ? '' : isBare ? '-' : '+'}${text}${optional}`)} ${both}${quoted(`${long}${text}${optional}`)}`
  })
  const words = verb.words.length === 0 ? '' : " '*:file:_files'"
  return `_arguments -s ${specs.join(' ')}${words}`
}

const ZSH = `#compdef fcs
# zsh completion for fcs. Made from the tables of the verbs.
_fcs() {
  local -a table
  local dashes=\${words[(i)--]}
  if ((dashes < CURRENT)); then
    shift $dashes words
    ((CURRENT -= dashes))
    _normal
    return
  fi
  if ((CURRENT == 2)) || [[ $words[2] == help ]]; then table=(@nouns@); _describe noun table; return; fi
  case $words[2] in
@cases@
  esac
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then _fcs "$@"; else compdef _fcs fcs; fi
`

function fish(nouns: readonly Told[]): string {
  const rows = [...nouns, { name: 'help', about: 'the help of a noun', verbs: {} }].flatMap(({ name, about, verbs }) => [
    `complete -c fcs -f -n '__fcs_is' -a ${name} -d ${quoted(about)}`,
    ...Object.entries(verbs).filter(([verb]) => verb !== '').map(([verb, { about }]) =>
      `complete -c fcs -f -n '__fcs_is ${name}' -a ${verb} -d ${quoted(about)}`),
  ])
  rows.push(`complete -c fcs -f -n '__fcs_is help' -a ${quoted(nouns.map(({ name }) => name).join(' '))}`)
  const options = verbsOf(nouns).flatMap(({ words, table }) => optionsOf(table).map(([name, option]) => {
    const { short, value, isBare, about, choices } = option
    const kind = value === undefined ? '' : isBare ? ' -f' : ' -x'
    const letter = short === undefined ? '' : ` -s ${short}`
    const from = choices === undefined ? '' : ` -a ${quoted(choices.join(' '))}`
    return `complete -c fcs -n '__fcs_begins ${words.join(' ')}'${letter} -l ${name}${kind}${from} -d ${quoted(about)}`
  }))
  return [FISH, ...rows, ...options, ''].join('\n')
}

const FISH = `# fish completion for fcs. Made from the tables of the verbs.
function __fcs_begins
    set -l words (commandline -opc)
    contains -- -- $words; and return 1
    set -e words[1]
    for word in $argv
        test "$words[1]" = "$word"; or return 1
        set -e words[1]
    end
end
function __fcs_is
    set -l words (commandline -opc)
    test (count $words) -eq (math 1 + (count $argv)); and __fcs_begins $argv
end
function __fcs_command
    set -l words (commandline -opc)
    set -l at (contains -i -- -- $words); or return 1
    complete -C (string join ' ' -- (string escape -- $words[(math $at + 1)..]) (commandline -ct))
end
complete -c fcs -f -n 'contains -- -- (commandline -opc)' -a '(__fcs_command)'`
