import { type Called, type Command, UsageError } from '../command.ts'

/** What a shell asks for while a line is typed: `aicq completion words -- WORD...`, the last of which is the one being typed. */
async function wordsFor(commands: Called['commands'], typed: readonly string[]): Promise<string[]> {
  const [name, ...rest] = typed
  if (rest.length === 0) return [...Object.keys(commands), 'help', 'version']
  if (name === 'help') return Object.keys(commands)
  const command = await commands[name!]?.()
  if (!command) return []
  const options = Object.keys({ ...command.options, url: {}, json: {}, help: {} }).map((option) => `--${option}`)
  if (rest.at(-1)!.startsWith('-')) return options
  if (rest.length > 1) return []
  return command.usage.split('|').flatMap((form) => /^[a-z]+(?= |$)/.exec(form.trim()) ?? [])
}

const bash = `_aicq() {
  local IFS=$'\\n'
  COMPREPLY=($(compgen -W "$(aicq completion words -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _aicq aicq`

const zsh = `#compdef aicq
_aicq() {
  local -a found
  found=("\${(@f)$(aicq completion words -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  found=(\${found:#})
  if (( \${#found} )); then compadd -a found; else _files; fi
}
if [[ \${funcstack[1]} == _aicq ]]; then _aicq "$@"; else compdef _aicq aicq; fi`

const fish = `function __aicq_words
  set -l line (commandline -opc) (commandline -ct)
  aicq completion words -- $line[2..] 2>/dev/null
end
complete -c aicq -f -a '(__aicq_words)'`

const scripts: Readonly<Record<string, string>> = { bash, zsh, fish }

export const completion: Command = {
  usage: 'bash | zsh | fish',
  summary: 'Print what makes your shell complete commands and options.',
  examples: [
    'eval "$(aicq completion bash)"     # in ~/.bashrc',
    'eval "$(aicq completion zsh)"      # in ~/.zshrc, after compinit',
    'aicq completion fish | source      # in ~/.config/fish/config.fish',
  ],
  words: [1, 1_000],
  async run({ words, out, commands }) {
    const [what = '', ...typed] = words
    if (what === 'words') out.say((await wordsFor(commands, typed.length > 0 ? typed : [''])).join('\n'))
    else if (scripts[what] && typed.length === 0) out.say(scripts[what])
    else throw new UsageError(`usage: aicq completion ${completion.usage}`)
  },
}
