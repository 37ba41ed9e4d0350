// SPDX-License-Identifier: Apache-2.0

package main

import (
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"vipward/conf"
)

// mistakesText holds the examples of docs/diagnostics.md. "## " begins a subject,
// "### CODE: TITLE" an example, "--- NAME" another file of it. "% load PATTERN" says what
// is loaded in place of keepalived.conf, "% many" marks what is multiplied until a bound is
// reached, and shown in part only. \uXXXX and \xXX stand for odd characters.
//
//go:embed mistakes.txt
var mistakesText string

// mistake is one example.
type mistake struct {
	subject, code, title string
	load                 string // a pattern, relative to the example; usually keepalived.conf
	files                []exampleFile
	many                 bool
}

type exampleFile struct {
	name, text string
	executable bool
}

// mistakes reads the examples.
func mistakes() ([]mistake, error) {
	var out []mistake
	subject := ""
	for line := range strings.Lines(mistakesText) {
		switch {
		case strings.HasPrefix(line, "## "):
			subject = strings.TrimSpace(line[3:])
		case strings.HasPrefix(line, "### "):
			code, title, ok := strings.Cut(strings.TrimSpace(line[4:]), ": ")
			if !ok {
				return nil, fmt.Errorf("example %q has no title", line)
			}
			out = append(out, mistake{subject: subject, code: code, title: title, load: mainFile})
		case len(out) > 0:
			out[len(out)-1].line(line)
		}
	}
	for i := range out {
		out[i].finish()
	}
	return out, nil
}

const mainFile = "keepalived.conf"

func (m *mistake) line(line string) {
	switch {
	case strings.HasPrefix(line, "% load "):
		m.load = strings.TrimSpace(line[7:])
	case strings.HasPrefix(line, "% many"):
		m.many = true
	case strings.HasPrefix(line, "--- "):
		name, executable := strings.CutSuffix(strings.TrimSpace(line[4:]), " (executable)")
		m.files = append(m.files, exampleFile{name: name, executable: executable})
	default:
		if len(m.files) == 0 {
			m.files = append(m.files, exampleFile{name: mainFile})
		}
		m.files[len(m.files)-1].text += line
	}
}

// finish drops empty lines at the ends and puts odd characters in.
func (m *mistake) finish() {
	var kept []exampleFile
	for _, f := range m.files {
		f.text = strings.TrimRight(f.text, "\n")
		if f.text == "" && len(m.files) == 1 {
			continue
		}
		f.text = odd(f.text) + "\n"
		kept = append(kept, f)
	}
	m.files = kept
	switch m.code {
	case "too-many-files":
		m.multiply()
	case "more":
		line := "    routr_id LB1\n"
		m.files[0].text = strings.Replace(m.files[0].text, line, strings.Repeat(line, 6000), 1)
	}
}

// multiply adds files each of which includes the next one twice.
func (m *mistake) multiply() {
	for c := 'a'; c < 'p'; c++ {
		text := strings.Repeat("include "+string(c+1)+".part\n", 2)
		m.files = append(m.files, exampleFile{name: string(c) + ".part", text: text})
	}
	m.files = append(m.files, exampleFile{name: "p.part", text: "\n"})
}

// odd resolves \uXXXX, \xXX and \long.
func odd(s string) string {
	s = strings.ReplaceAll(s, `\long`, strings.Repeat("x", 1100))
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+6 <= len(s) && s[i+1] == 'u' {
			if n, err := strconv.ParseUint(s[i+2:i+6], 16, 32); err == nil {
				b.WriteRune(rune(n))
				i += 5
				continue
			}
		}
		if s[i] == '\\' && i+4 <= len(s) && s[i+1] == 'x' {
			if n, err := strconv.ParseUint(s[i+2:i+4], 16, 8); err == nil {
				b.WriteByte(byte(n))
				i += 3
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// diagnose loads an example and gives what is said of it, with the names of its files as
// they are in the example.
func (m mistake) diagnose() ([]conf.Diagnostic, error) {
	dir, err := os.MkdirTemp("", "gendoc")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	for _, f := range m.files {
		mode := os.FileMode(0o644)
		if f.executable {
			mode = 0o755
		}
		if err := os.WriteFile(filepath.Join(dir, f.name), []byte(f.text), mode); err != nil {
			return nil, err
		}
	}
	return m.strip(m.diagnostics(dir), dir), nil
}

func (m mistake) diagnostics(dir string) []conf.Diagnostic {
	load := m.load
	if !filepath.IsAbs(load) {
		load = filepath.Join(dir, load)
	}
	opts := conf.Options{ConfigID: "lb1"}
	l := opts.Load(load)
	switch {
	case m.many:
		return only(l.Diagnostics, m.code)
	case !strings.HasPrefix(m.code, "lint-"):
		l.CheckHost(exampleHost{})
		l.CheckRunnable()
		return relevant(l.Diagnostics, m.code)
	}
	l.Lint()
	diags := l.Diagnostics
	if len(m.files) > 1 {
		other := opts.Load(filepath.Join(dir, m.files[1].name))
		other.LintWith(l)
		diags = append(l.Diagnostics, other.Diagnostics...)
	}
	return only(diags, m.code)
}

// only keeps one code: other lints would be beside the point of an example.
func only(diags []conf.Diagnostic, code string) []conf.Diagnostic {
	var out []conf.Diagnostic
	for _, d := range diags {
		if d.Code == code {
			out = append(out, d)
		}
	}
	return out
}

// relevant drops what would stand below most examples and belongs to one of them.
func relevant(diags []conf.Diagnostic, code string) []conf.Diagnostic {
	const security = "script-security"
	if code == security {
		return diags
	}
	return slices.DeleteFunc(slices.Clone(diags), func(d conf.Diagnostic) bool { return d.Code == security })
}

// strip takes the directory out of all names.
func (mistake) strip(diags []conf.Diagnostic, dir string) []conf.Diagnostic {
	for i := range diags {
		d := &diags[i]
		for _, text := range []*string{&d.File, &d.Message, &d.Hint} {
			*text = strings.ReplaceAll(*text, dir+"/", "")
		}
		for j := range d.Chain {
			d.Chain[j].Text = strings.ReplaceAll(d.Chain[j].Text, dir+"/", "")
		}
	}
	return diags
}
