// SPDX-License-Identifier: Apache-2.0

package conf

// condition decides on a line that begins with @WORD, which is for the host of
// that name, or @^WORD, which is for all others. It gives the line without the
// word, and whether the line is kept.
func (s *source) condition(l line) (line, bool) {
	n := 0
	for n < len(l.text) && !isASCIIBlank(l.text[n]) {
		n++
	}
	word, want := l.text[1:n], true
	if word != "" && word[0] == '^' {
		word, want = word[1:], false
	}
	if n == len(l.text) {
		s.c.emptyCondition(l.pos(0))
		return line{}, false
	}
	if (word == s.opts.ConfigID) != want {
		return line{}, false
	}
	return l.slice(n, len(l.text)), true
}

// emptyCondition remarks a line that is never anything, once for each file.
func (c *collector) emptyCondition(pos Pos) {
	if c.first("condition " + pos.File) {
		c.addHint(codeCondition, pos, "if it is a placeholder of a template, put the value in its place",
			"@NAME keeps the rest of its line for the host of that name; there is nothing behind it, so the line is left out")
	}
}
