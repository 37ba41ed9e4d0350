// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"strings"

	"vipward/conf"
)

// diagnosticsPage is docs/diagnostics.md: every code, and what is said of the mistakes that
// people make most.
func diagnosticsPage() (string, error) {
	list, err := mistakes()
	if err != nil {
		return "", err
	}
	var b strings.Builder
	b.WriteString(generatedNote + "# Diagnostics\n\n")
	b.WriteString("What `vipward check` says, by example. Each diagnostic has the place, a severity, a code that does not change between versions, the line, and where " +
		"possible the way out. `fatal` means that the configuration cannot be run, `error` that the marked part is left out, `warning` that something was " +
		"corrected or is doubtful, `note` that all is well and worth knowing. Codes that begin with `lint-` are only part of `vipward check`, never of `-t`.\n\n" +
		"The examples are loaded when this page is made, on a machine with the interfaces lo, eth0, eth1 and tun0 (which has no multicast), the users root and keepalived_script, and the " +
		"scripts /usr/local/bin/check.sh and /usr/local/bin/notify.sh. That enable_script_security is missing in most of them is left out here.\n\n")
	writeCodes(&b, list)
	subject := ""
	for _, m := range list {
		if m.subject != subject {
			subject = m.subject
			fmt.Fprintf(&b, "\n## %s\n", subject)
		}
		if err := writeMistake(&b, m); err != nil {
			return "", err
		}
	}
	return b.String(), nil
}

// writeCodes lists the codes, each with a link to its first example.
func writeCodes(b *strings.Builder, list []mistake) {
	first := map[string]string{}
	for _, m := range list {
		if first[m.code] == "" {
			first[m.code] = m.heading()
		}
	}
	b.WriteString("## Codes\n\n| code | meaning |\n|---|---|\n")
	for _, c := range conf.Codes() {
		name := "`" + c.ID + "`"
		if first[c.ID] != "" {
			name = fmt.Sprintf("[%s](#%s)", name, anchor(first[c.ID]))
		}
		fmt.Fprintf(b, "| %s | %s |\n", name, cell(c.Doc))
	}
}

// heading is that of the example; the code makes it unique.
func (m mistake) heading() string { return m.shown() + " " + m.code }

// shown is the title with a capital, unless it begins with a keyword.
func (m mistake) shown() string {
	first, _, _ := strings.Cut(m.title, " ")
	if strings.ContainsAny(first, "_") {
		return m.title
	}
	return strings.TrimSuffix(sentence(m.title), ".")
}

func writeMistake(b *strings.Builder, m mistake) error {
	diags, err := m.diagnose()
	if err != nil {
		return err
	}
	fmt.Fprintf(b, "\n### %s `%s`\n\n", m.shown(), m.code)
	for i, f := range m.files {
		if m.many && i > 0 {
			break
		}
		if len(m.files) > 1 {
			fmt.Fprintf(b, "`%s`:\n\n", f.name)
		}
		fmt.Fprintf(b, "```\n%s```\n\n", visible(f.text))
	}
	var out strings.Builder
	conf.Print(&out, diags)
	fmt.Fprintf(b, "```text\n%s```\n", visible(out.String()))
	return nil
}

// The bounds of what is shown of an example.
const (
	maxShown = 240 // characters of a line
	maxLines = 40
)

// visible shows what a page cannot: NUL, no-break spaces, broken UTF-8, long lines.
func visible(text string) string {
	text = strings.NewReplacer("\x00", "␀", "\u00a0", "⍽").Replace(strings.ToValidUTF8(text, "�"))
	var b strings.Builder
	n := 0
	for line := range strings.Lines(text) {
		if n++; n > maxLines {
			b.WriteString("…\n")
			break
		}
		if r := []rune(line); len(r) > maxShown {
			line = string(r[:maxShown]) + "…\n"
		}
		b.WriteString(line)
	}
	return b.String()
}
