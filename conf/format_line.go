// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"strings"
	"unicode/utf8"
)

// splitLine is a physical line in two parts, each without blanks at its ends.
type splitLine struct {
	code    string
	comment string // from its # or ! on
	// whole is the line as it is, where a backslash might belong to any blank.
	whole string
}

// splitComment finds the comment of a line, as the reader of files does.
func splitComment(raw string) splitLine {
	raw = strings.TrimLeftFunc(raw, isBlank)
	end := codeEnd(raw)
	s := splitLine{
		code:    strings.TrimRightFunc(raw[:end], isBlank),
		comment: strings.TrimRightFunc(raw[end:], isBlank),
	}
	if strings.Contains(s.code, `\`) {
		s.whole = raw
	}
	return s
}

// codeEnd gives where the comment begins.
func codeEnd(raw string) int {
	quoted := false
	for i := 0; i < len(raw); i++ {
		switch b := raw[i]; {
		case b == '\\':
			i++
		case b == '"':
			quoted = !quoted
		case !quoted && (b == '#' || b == '!'):
			return i
		}
	}
	return len(raw)
}

// condition takes @WORD off a line.
func condition(code string) (cond, rest string) {
	if !strings.HasPrefix(code, "@") {
		return "", code
	}
	i := strings.IndexFunc(code, isBlank)
	if i < 0 {
		return code, ""
	}
	return code[:i], strings.TrimLeftFunc(code[i:], isBlank)
}

// braces gives what a line does to the depth, and how many braces it closes before
// anything else. Those of parameters, of sequences and of include patterns are no blocks.
func braces(code string) (change, leading int) {
	if strings.HasPrefix(code, "include") {
		return 0, 0
	}
	quoted, inner, parens, begun := false, 0, 0, false
	sequence := strings.HasPrefix(code, "~")
	for i := 0; i < len(code); i++ {
		b := code[i]
		switch {
		case b == '\\':
			i++
		case b == '"':
			quoted = !quoted
		case quoted:
		case sequence && b == '(':
			parens++
		case sequence && b == ')':
			parens--
		case parens > 0:
		case b == '{' && i > 0 && code[i-1] == '$':
			inner++
		case b == '{':
			change++
		case b == '}' && inner > 0:
			inner--
		case b == '}':
			change--
			if !begun {
				leading++
			}
			continue
		}
		begun = begun || !isASCIIBlank(b)
	}
	return change, leading
}

// tidy puts one blank where the text has several, and one before the brace at its end.
// Lines with rules of their own for blanks are left alone: those with single
// quotes or a quote without an end, and includes.
func tidy(code string) string {
	if strings.Contains(code, "'") || strings.HasPrefix(code, "include") || strings.Count(code, `"`)%2 == 1 {
		return code
	}
	var b strings.Builder
	quoted, blank := false, false
	for i := 0; i < len(code); {
		r, n := utf8.DecodeRuneInString(code[i:])
		if r == '"' {
			quoted = !quoted
		}
		if blank = !quoted && isBlank(r); !blank {
			b.WriteString(code[i : i+n])
		}
		i += n
		if blank && !nextBlank(code[i:]) {
			b.WriteByte(' ')
		}
	}
	return spaceBrace(b.String())
}

func nextBlank(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return s != "" && isBlank(r)
}

// spaceBrace puts a blank before the brace that opens a block.
func spaceBrace(code string) string {
	head, ok := strings.CutSuffix(code, "{")
	if strings.HasPrefix(code, "@") && !strings.Contains(head, " ") {
		return code // the brace belongs to the word of the condition
	}
	if !ok || head == "" || strings.HasSuffix(head, " ") || strings.ContainsAny(head, `$("`) {
		return code
	}
	return head + " {"
}
