// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Diagnostic is one thing to say about a configuration.
type Diagnostic struct {
	Pos
	Severity Severity
	Code     string // stable, for tools: "unknown-keyword"
	Class    Class
	Cause    Cause
	Message  string
	Hint     string // how to repair it; may be empty
	Source   string // the line of the file, with passwords masked
	// Chain says how the text came there, the nearest step first: nothing for what
	// is written so in the main file.
	Chain []Link
}

// String gives the diagnostic on one line.
func (d Diagnostic) String() string {
	return fmt.Sprintf("%s: %s: %s [%s]", d.Pos, d.Severity, d.Message, d.Code)
}

// collector gathers diagnostics. Nothing is printed before the end of a run.
type collector struct {
	list    []Diagnostic
	sources map[string]string  // file to its text
	lines   map[string][]int32 // where its lines begin, of the files that a diagnostic is about
	once    map[string]bool    // keys of what is said once only
	origins []origin           // what a Via means, from 1
	spoilt  map[string]bool    // lines whose mistake is known
	partial bool               // an include brought nothing: what is missing may stand there
	// severity and class are the highest so far, and unsaid counts what was left
	// out because nobody would read it.
	severity Severity
	class    Class
	unsaid   int
	calls    int // of what may say something
}

// maxDiagnostics bounds what is said. Only what is worse than all before comes on
// top of it, so that the verdict stays the same.
const maxDiagnostics = 5000

func newCollector() *collector {
	return &collector{sources: map[string]string{}, lines: map[string][]int32{}, once: map[string]bool{}, spoilt: map[string]bool{}}
}

// add reports code c at pos.
func (c *collector) add(k code, pos Pos, format string, args ...any) {
	c.addHint(k, pos, "", format, args...)
}

// addHint reports code c at pos with advice.
func (c *collector) addHint(k code, pos Pos, hint, format string, args ...any) {
	c.calls++
	if len(c.spoilt) > 0 && k.severity < Fatal && c.spoilt[lineKey(pos)] {
		return
	}
	if len(c.list) >= maxDiagnostics && k.severity <= c.severity && (k.class <= c.class || k.severity == Note) {
		c.unsaid++
		return
	}
	c.severity = max(c.severity, k.severity)
	if k.severity > Note {
		c.class = max(c.class, k.class)
	}
	c.list = append(c.list, Diagnostic{
		Pos: pos, Severity: k.severity, Code: k.id, Class: k.class, Cause: k.cause,
		Message: fmt.Sprintf(format, args...), Hint: hint, Source: c.source(pos), Chain: c.chain(pos.Via),
	})
}

// first says whether key comes up for the first time.
func (c *collector) first(key string) bool {
	c.calls++
	seen := c.once[key]
	c.once[key] = true
	return !seen
}

// spoil marks a line that could not be understood as it was meant: whatever else
// is wrong with it follows from that.
func (c *collector) spoil(pos Pos) { c.spoilt[lineKey(pos)] = true }

func lineKey(pos Pos) string { return pos.File + ":" + itoa(pos.Line) }

// row gives a line of a file.
func (c *collector) row(file string, num int) string {
	starts, ok := c.lines[file]
	text := c.sources[file]
	if !ok {
		starts = lineStarts(text)
		c.lines[file] = starts
	}
	if num < 1 || num > len(starts) {
		return ""
	}
	one, _, _ := strings.Cut(text[starts[num-1]:], "\n")
	return one
}

// lineStarts gives where the lines of a text begin.
func lineStarts(text string) []int32 {
	starts := make([]int32, 1, 1+strings.Count(text, "\n"))
	for i := range len(text) {
		if text[i] == '\n' {
			starts = append(starts, int32(i)+1)
		}
	}
	return starts
}

// source gives the line of a place, for people. What is kept of it does not keep the whole file.
func (c *collector) source(p Pos) string { return strings.Clone(maskSecrets(c.row(p.File, p.Line))) }

// sorted gives all diagnostics in file order, each once; those of one place keep
// the order in which they were found.
func (c *collector) sorted(files []string) []Diagnostic {
	rank := map[string]int{}
	for i, f := range files {
		if _, ok := rank[f]; !ok {
			rank[f] = i
		}
	}
	slices.SortStableFunc(c.list, func(a, b Diagnostic) int {
		return cmp.Or(cmp.Compare(rank[a.File], rank[b.File]), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Col, b.Col))
	})
	c.list = slices.CompactFunc(c.list, sameComplaint)
	if c.unsaid > 0 && len(c.list) > 0 {
		last := c.list[len(c.list)-1].Pos
		unsaid := c.unsaid
		c.unsaid = 0
		c.list = append(c.list, Diagnostic{
			Pos: last, Severity: codeMore.severity, Code: codeMore.id, Class: codeMore.class, Cause: codeMore.cause,
			Message: fmt.Sprintf("and %d more, no worse than these, which are not listed", unsaid),
		})
	}
	return c.list
}

// sameComplaint tells what a sequence or a parameter makes of one mistake.
func sameComplaint(a, b Diagnostic) bool {
	return a.File == b.File && a.Line == b.Line && a.Col == b.Col && a.Code == b.Code && a.Message == b.Message
}

func (c *collector) worst() Severity {
	w := Note
	for _, d := range c.list {
		w = max(w, d.Severity)
	}
	return w
}

// maskSecrets hides what follows a word that looks like the name of a password,
// misspelt or not: diagnostics end up in logs.
func maskSecrets(line string) string {
	lower := strings.ToLower(line)
	if indent := len(line) - len(strings.TrimLeft(line, " \t")); strings.HasPrefix(lower[min(indent, len(lower)):], "key ") {
		return line[:indent] + "key ********" // of auth_hmac
	}
	for _, word := range []string{"pass", "secret", "hex:"} {
		// ToLower may change the length of odd letters; then hide from the start.
		i := strings.Index(lower, word)
		if i < 0 {
			continue
		}
		if len(lower) != len(line) {
			return "********"
		}
		if i += strings.IndexFunc(line[i:]+" ", isBlank); i < len(line) {
			return line[:i] + " ********"
		}
	}
	return line
}
