// SPDX-License-Identifier: Apache-2.0

package probe

import "strings"

// translator turns a pattern of PCRE2 into one of the library, where the two
// read the same text in other ways.
type translator struct {
	unicode   bool // \d, \w and \s know more than ASCII
	extended  bool // # begins a comment
	dollarEnd bool // $ is only the very end

	out strings.Builder
}

// sets are the classes of PCRE2 as they stand in brackets.
var sets = map[string]string{
	`\d`: `0-9`, `\w`: `0-9A-Za-z_`, `\s`: `\t-\r `, `\h`: `\t \xa0`, `\v`: `\n-\r\x85`,
	"alnum": `0-9A-Za-z`, "alpha": `A-Za-z`, "ascii": `\x00-\x7f`, "blank": `\t `, "cntrl": `\x00-\x1f\x7f`,
	"digit": `0-9`, "graph": `!-~`, "lower": `a-z`, "print": ` -~`, "punct": "!-/:-@\\[-`{-~",
	"space": `\t-\r `, "upper": `A-Z`, "word": `0-9A-Za-z_`, "xdigit": `0-9A-Fa-f`,
}

func (t *translator) translate(p string) string {
	for p != "" {
		switch {
		case strings.HasPrefix(p, `\Q`):
			p = t.copy(p, quotedLen(p))
		case p[0] == '\\' && len(p) > 1:
			p = t.escape(p)
		case p[0] == '[':
			p = t.class(p)
		case strings.HasPrefix(p, "(?P<"):
			p = t.instead(p, 4, "(?<")
		case strings.HasPrefix(p, "(?P=") && strings.Contains(p, ")"):
			end := strings.IndexByte(p, ')')
			p = t.instead(p, end+1, `\k<`+p[4:end]+`>`)
		case p[0] == '$' && t.dollarEnd:
			p = t.instead(p, 1, `\z`)
		case p[0] == '#' && t.extended:
			p = t.copy(p, len(strings.SplitAfterN(p, "\n", 2)[0]))
		default:
			p = t.copy(p, 1)
		}
	}
	return t.out.String()
}

// quotedLen is the length of \Q...\E.
func quotedLen(p string) int {
	if end := strings.Index(p, `\E`); end >= 0 {
		return end + len(`\E`)
	}
	return len(p)
}

func (t *translator) copy(p string, n int) string { return t.instead(p, n, p[:n]) }

// instead writes text for the first n bytes of p, and gives the rest.
func (t *translator) instead(p string, n int, text string) string {
	t.out.WriteString(text)
	return p[n:]
}

// escape takes an escape outside of brackets.
func (t *translator) escape(p string) string {
	name := p[:2]
	if name == `\N` {
		return t.instead(p, 2, `[^\n]`)
	}
	if set, ok := t.set(strings.ToLower(name)); ok {
		if name == strings.ToLower(name) {
			return t.instead(p, 2, "["+set+"]")
		}
		return t.instead(p, 2, "[^"+set+"]")
	}
	return t.copy(p, 2)
}

// set gives the characters of \d and its like; with unicode the library's own
// meaning is right.
func (t *translator) set(name string) (string, bool) {
	if t.unicode && strings.Contains(`\d\w\s`, name) {
		return "", false
	}
	set, ok := sets[name]
	return set, ok
}

// class takes what stands in brackets.
func (t *translator) class(p string) string {
	start := 1
	if strings.HasPrefix(p[start:], "^") {
		start++
	}
	if strings.HasPrefix(p[start:], "]") { // the first one is a character
		t.out.WriteString(p[:start] + `\]`)
		p = p[start+1:]
	} else {
		p = t.copy(p, start)
	}
	for p != "" {
		name, isPosix := posix(p)
		switch {
		case p[0] == ']':
			return t.copy(p, 1)
		case isPosix:
			p = t.instead(p, len(name)+len("[::]"), sets[name])
		case p[0] == '[':
			p = t.instead(p, 1, `\[`)
		case p[0] == '\\' && len(p) > 1:
			set, ok := t.set(p[:2])
			if !ok {
				set = p[:2]
			}
			p = t.instead(p, 2, set)
		default:
			p = t.copy(p, 1)
		}
	}
	return p
}

// posix gives the name of a class like [:digit:].
func posix(p string) (string, bool) {
	if !strings.HasPrefix(p, "[:") {
		return "", false
	}
	name, _, ok := strings.Cut(p[2:], ":]")
	_, known := sets[name]
	return name, ok && known
}
