// SPDX-License-Identifier: Apache-2.0

package main

import (
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
)

// completion is `vipward completion`: a script that teaches a shell our words. It is made
// from the tools and the option table, so that it cannot fall behind.
func (c *toolCall) completion() int {
	if code, ok := c.parse(1, 1); !ok {
		return code
	}
	shells := map[string]func() string{"bash": bashCompletion, "zsh": zshCompletion, "fish": fishCompletion}
	script, ok := shells[c.args[0]]
	if !ok {
		return c.fail(fmt.Errorf("no completion for %q: bash, zsh and fish are known", c.args[0]))
	}
	_, err := io.WriteString(c.stdout, script())
	return c.written(err)
}

// completed is a tool as a shell sees it.
type completed struct {
	first, second string // the words of its name; most have one
	doc           string
	options       []string // without their dashes
	formats       []string // that --format can be
	words         []string // that its argument can be; none: a file
	named         bool     // its argument is a name that the daemon knows
}

// namesCommand lists those names, for a shell.
const namesCommand = "vipward status --names 2>/dev/null"

// completedTools describes all tools.
func completedTools() []completed {
	var out []completed
	for _, t := range tools() {
		k := completed{doc: t.doc, options: optionsOf(t)}
		k.first, k.second, _ = strings.Cut(t.name, " ")
		if _, rest, ok := strings.Cut(t.usage, "--format "); ok {
			words, _, _ := strings.Cut(rest, "]")
			k.formats = strings.Split(words, "|")
		}
		k.named = strings.HasPrefix(t.usage, "INSTANCE|") || strings.HasPrefix(t.usage, "ADDRESS:") || strings.HasPrefix(t.usage, "[NAME|")
		if !strings.ContainsAny(t.usage, " ") {
			k.words = strings.Split(t.usage, "|")
		}
		out = append(out, k)
	}
	return out
}

// optionsOf gives the options of a tool: --help stops it before it does anything else.
func optionsOf(t tool) []string {
	c := newToolCall(t, []string{"--help"}, nil, io.Discard, io.Discard)
	t.run(c)
	var out []string
	c.flags.VisitAll(func(f *flag.Flag) { out = append(out, f.Name) })
	return out
}

func dashed(names []string) string {
	var out []string
	for _, name := range names {
		if len(name) > 1 {
			name = "-" + name
		}
		out = append(out, "-"+name)
	}
	return strings.Join(out, " ")
}

// daemonOptions are the options of the daemon itself.
func daemonOptions() string {
	var names []string
	for _, o := range (&scanner{}).optionTable() {
		if o.long != "" {
			names = append(names, o.long)
		}
		if o.short != 0 {
			names = append(names, string(o.short))
		}
	}
	slices.Sort(names)
	return dashed(names)
}

func firstWords() string {
	var out []string
	for _, k := range completedTools() {
		out = append(out, k.first)
	}
	return strings.Join(out, " ")
}

func bashCompletion() string {
	var b strings.Builder
	fmt.Fprintf(&b, `# bash completion for vipward
_vipward() {
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} words= files=
    case ${COMP_WORDS[1]} in
`)
	for _, k := range completedTools() {
		fmt.Fprintf(&b, "    %s)\n", k.first)
		if len(k.words) > 0 {
			fmt.Fprintf(&b, "        words='%s' ;;\n", strings.Join(k.words, " "))
			continue
		}
		if k.named {
			fmt.Fprintf(&b, "        words=\"%s $(%s)\" ;;\n", dashed(k.options), namesCommand)
			continue
		}
		fmt.Fprintf(&b, "        words='%s' files=1\n", dashed(k.options))
		if k.second != "" {
			fmt.Fprintf(&b, "        if (( COMP_CWORD == 2 )); then words=%s files=; fi\n", k.second)
		}
		if len(k.formats) > 0 {
			fmt.Fprintf(&b, "        if [[ $prev == --format ]]; then words='%s' files=; fi\n", strings.Join(k.formats, " "))
		}
		b.WriteString("        ;;\n")
	}
	fmt.Fprintf(&b, `    *)
        words='%[1]s' files=1 ;;
    esac
    if (( COMP_CWORD == 1 )); then words='%[2]s %[1]s' files=; fi
    COMPREPLY=($(compgen -W "$words" -- "$cur"))
    if [[ -n $files && $cur != -* ]]; then
        compopt -o filenames 2>/dev/null
        COMPREPLY+=($(compgen -f -- "$cur"))
    fi
}
complete -F _vipward vipward
`, daemonOptions(), firstWords())
	return b.String()
}

func zshCompletion() string {
	var b strings.Builder
	b.WriteString(`#compdef vipward
_vipward() {
    if (( CURRENT == 2 )); then
        local -a tools=(
`)
	for _, k := range completedTools() {
		fmt.Fprintf(&b, "            '%s:%s'\n", k.first, k.doc)
	}
	fmt.Fprintf(&b, `        )
        _describe command tools
        compadd -- %[1]s
        return
    fi
    case $words[2] in
`, daemonOptions())
	for _, k := range completedTools() {
		fmt.Fprintf(&b, "    %s)\n", k.first)
		if len(k.words) > 0 {
			fmt.Fprintf(&b, "        compadd %s ;;\n", strings.Join(k.words, " "))
			continue
		}
		if k.named {
			fmt.Fprintf(&b, "        compadd -- %s ${(f)\"$(%s)\"} ;;\n", dashed(k.options), namesCommand)
			continue
		}
		if k.second != "" {
			fmt.Fprintf(&b, "        if (( CURRENT == 3 )); then compadd %s; return; fi\n", k.second)
		}
		if len(k.formats) > 0 {
			fmt.Fprintf(&b, "        if [[ $words[CURRENT-1] == --format ]]; then compadd %s; return; fi\n", strings.Join(k.formats, " "))
		}
		fmt.Fprintf(&b, "        compadd -- %s\n        _files ;;\n", dashed(k.options))
	}
	fmt.Fprintf(&b, `    *)
        compadd -- %s
        _files ;;
    esac
}
compdef _vipward vipward
`, daemonOptions())
	return b.String()
}

func fishCompletion() string {
	var b strings.Builder
	b.WriteString("# fish completion for vipward\n")
	for _, k := range completedTools() {
		fmt.Fprintf(&b, "complete -c vipward -n __fish_use_subcommand -f -a %s -d '%s'\n", k.first, k.doc)
		within := "'__fish_seen_subcommand_from " + k.first + "'"
		if k.second != "" {
			fmt.Fprintf(&b, "complete -c vipward -n %s -f -a %s\n", within, k.second)
		}
		for _, w := range k.words {
			fmt.Fprintf(&b, "complete -c vipward -n %s -f -a %s\n", within, w)
		}
		if k.named {
			fmt.Fprintf(&b, "complete -c vipward -n %s -f -a '(%s)'\n", within, namesCommand)
		}
		for _, o := range k.options {
			switch {
			case o == "format":
				fmt.Fprintf(&b, "complete -c vipward -n %s -l format -x -a '%s'\n", within, strings.Join(k.formats, " "))
			case len(o) == 1:
				fmt.Fprintf(&b, "complete -c vipward -n %s -s %s\n", within, o)
			default:
				fmt.Fprintf(&b, "complete -c vipward -n %s -l %s\n", within, o)
			}
		}
	}
	for _, o := range (&scanner{}).optionTable() {
		b.WriteString(fishOption(o))
	}
	return b.String()
}

func fishOption(o option) string {
	line := "complete -c vipward -n __fish_use_subcommand"
	if o.short != 0 {
		line += " -s " + string(o.short)
	}
	if o.long != "" {
		line += " -l " + o.long
	}
	if o.arg == needArg {
		line += " -r"
	}
	return line + "\n"
}
