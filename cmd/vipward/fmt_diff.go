// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"slices"
	"strings"
)

// diffContext is how many lines that stay are shown around a change.
const diffContext = 3

// diffLine is a line of a difference: ' ' stays, '-' goes, '+' comes.
type diffLine struct {
	op   byte
	text string
}

// lineDiff gives the unified difference of a text and its layout. The layout keeps every
// line in its place and leaves out empty ones, so that no search for common parts is needed.
func lineDiff(name, old, next string) string {
	if old == next {
		return ""
	}
	lines := pairLines(slices.Collect(strings.Lines(old)), slices.Collect(strings.Lines(next)))
	var b strings.Builder
	fmt.Fprintf(&b, "--- %s\n+++ %s (formatted)\n", name, name)
	oldLine, newLine := 1, 1
	for i := 0; i < len(lines); {
		if end := hunkEnd(lines, i); end > i {
			writeHunk(&b, lines[i:end], oldLine, newLine)
			a, n := spans(lines[i:end])
			oldLine, newLine, i = oldLine+a, newLine+n, end
			continue
		}
		oldLine, newLine, i = oldLine+1, newLine+1, i+1
	}
	return b.String()
}

// pairLines sets the lines of both texts side by side.
func pairLines(old, next []string) []diffLine {
	var out []diffLine
	for len(old) > 0 || len(next) > 0 {
		switch {
		case len(old) > 0 && len(next) > 0 && old[0] == next[0]:
			out = append(out, diffLine{' ', old[0]})
			old, next = old[1:], next[1:]
		case len(old) > 0 && (len(next) == 0 || strings.TrimSpace(old[0]) == "" && strings.TrimSpace(next[0]) != ""):
			out = append(out, diffLine{'-', old[0]})
			old = old[1:]
		case len(old) == 0:
			out = append(out, diffLine{'+', next[0]})
			next = next[1:]
		default:
			out = append(out, diffLine{'-', old[0]}, diffLine{'+', next[0]})
			old, next = old[1:], next[1:]
		}
	}
	return out
}

// hunkEnd gives the end of the hunk that begins at line i, or i if none does.
func hunkEnd(lines []diffLine, i int) int {
	first := i
	for first < len(lines) && first < i+diffContext && lines[first].op == ' ' {
		first++
	}
	if first == len(lines) || lines[first].op == ' ' {
		return i
	}
	last := first
	for j := first; j < len(lines) && j <= last+2*diffContext; j++ {
		if lines[j].op != ' ' {
			last = j
		}
	}
	return min(last+1+diffContext, len(lines))
}

// spans counts the lines of both sides.
func spans(lines []diffLine) (old, next int) {
	for _, l := range lines {
		if l.op != '+' {
			old++
		}
		if l.op != '-' {
			next++
		}
	}
	return old, next
}

func writeHunk(b *strings.Builder, lines []diffLine, oldLine, newLine int) {
	old, next := spans(lines)
	fmt.Fprintf(b, "@@ -%d,%d +%d,%d @@\n", oldLine, old, newLine, next)
	for i := 0; i < len(lines); {
		if lines[i].op == ' ' {
			writeDiffLine(b, lines[i])
			i++
			continue
		}
		end := i
		for end < len(lines) && lines[end].op != ' ' {
			end++
		}
		for _, op := range []byte("-+") {
			for _, l := range lines[i:end] {
				if l.op == op {
					writeDiffLine(b, l)
				}
			}
		}
		i = end
	}
}

func writeDiffLine(b *strings.Builder, l diffLine) {
	b.WriteByte(l.op)
	b.WriteString(l.text)
	if !strings.HasSuffix(l.text, "\n") {
		b.WriteString("\n\\ No newline at end of file\n")
	}
}
