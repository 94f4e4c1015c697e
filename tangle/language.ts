// How a language writes a comment on a line of its own.

type Comment = readonly [open: string, close: string]

const byComment: [Comment, string][] = [
  [['//', ''], 'ts tsx mts cts js jsx mjs cjs typescript javascript c h cpp c++ cc java go rust rs swift kotlin scala cs csharp dart zig proto php jsonc json5'],
  [['#', ''], 'sh bash zsh shell console python py ruby rb perl pl r yaml yml toml make makefile mk dockerfile awk tcl julia jl nim elixir ex conf ini cmake nix'],
  [['--', ''], 'sql lua haskell hs ada elm vhdl applescript'],
  [['/*', '*/'], 'css scss'],
  [['<!--', '-->'], 'html xml svg markdown md vue'],
  [[';', ''], 'lisp el scheme scm clojure clj asm nasm'],
  [['%', ''], 'tex latex erlang erl prolog matlab'],
]

const comments = new Map(byComment.flatMap(([comment, names]) => names.split(' ').map((name) => [name, comment])))

/** What opens and closes a comment, or undefined for a language that has none, such as JSON. */
export function commentOf(lang: string): Comment | undefined {
  return comments.get(lang.toLowerCase())
}
