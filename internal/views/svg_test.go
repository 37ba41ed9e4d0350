// SPDX-License-Identifier: Apache-2.0

package views

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// run is a piece of a line that has one color: the code of the terminal, "" for none.
type run struct{ color, text string }

var escapes = regexp.MustCompile(`\x1b\[([0-9;?]*)([A-Za-z])`)

// parseScreen takes a frame of a terminal apart into lines of runs. Of the control sequences
// colors count; the cursor starts at the top and lines follow each other.
func parseScreen(frame string) [][]run {
	var lines [][]run
	for line := range strings.SplitSeq(strings.TrimRight(frame, "\r\n"), "\n") {
		var runs []run
		color, at := "", 0
		add := func(text string) {
			if text = strings.Trim(text, "\r"); text != "" {
				runs = append(runs, run{color, text})
			}
		}
		for _, m := range escapes.FindAllStringSubmatchIndex(line, -1) {
			add(line[at:m[0]])
			at = m[1]
			if line[m[4]:m[5]] == "m" {
				color = strings.TrimPrefix(line[m[2]:m[3]], "0")
			}
		}
		add(line[at:])
		lines = append(lines, runs)
	}
	return lines
}

func plainText(lines [][]run) string {
	var b strings.Builder
	for _, line := range lines {
		for _, r := range line {
			b.WriteString(r.text)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// colored says whether a text is in a run of a color.
func colored(lines [][]run, color, text string) bool {
	for _, line := range lines {
		for _, r := range line {
			if r.color == color && strings.Contains(r.text, text) {
				return true
			}
		}
	}
	return false
}

// Sizes of the picture in pixels.
const (
	cellWidth, cellHeight = 7.8, 18.0
	margin                = 16.0
)

const terminalHead = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.0f %.0f" width="%.0f" height="%.0f">
<style>
text { font: 13px ui-monospace, "DejaVu Sans Mono", "Liberation Mono", Menlo, Consolas, monospace; fill: #d7dce0; white-space: pre; }
.c1 { font-weight: bold; fill: #ffffff; }
.c2 { fill: #8b959e; }
.c31 { fill: #ff7b7b; }
.c32 { fill: #4cc38a; }
.c33 { fill: #e5b454; }
</style>
<rect width="100%%" height="100%%" rx="8" fill="#14171a"/>
`

// drawTerminal makes a picture of what a terminal shows. Each run has its width, so that
// columns stay columns in any font.
func drawTerminal(lines [][]run, columns, rows int) []byte {
	var b bytes.Buffer
	w, h := float64(columns)*cellWidth+2*margin, float64(rows)*cellHeight+2*margin
	fmt.Fprintf(&b, terminalHead, w, h, w, h)
	for i, line := range lines {
		column := 0
		for _, r := range line {
			n := len([]rune(r.text))
			drawRun(&b, r, column, i)
			column += n
		}
	}
	b.WriteString("</svg>\n")
	return b.Bytes()
}

// drawRun draws the words of a run where they stand.
func drawRun(b *bytes.Buffer, r run, column, line int) {
	for _, at := range words.FindAllStringIndex(r.text, -1) {
		word := r.text[at[0]:at[1]]
		x := margin + float64(column+len([]rune(r.text[:at[0]])))*cellWidth
		class := ""
		if r.color != "" {
			class = fmt.Sprintf(` class="c%s"`, r.color)
		}
		fmt.Fprintf(b, `<text x="%.1f" y="%.0f" textLength="%.1f"%s>`, x, margin+float64(line)*cellHeight+13, float64(len([]rune(word)))*cellWidth, class)
		_ = xml.EscapeText(b, []byte(word)) // a buffer takes everything
		b.WriteString("</text>\n")
	}
}

// words are what is between two spaces and more.
var words = regexp.MustCompile(`\S+( \S+)*`)

func TestParseScreen(t *testing.T) {
	t.Parallel()
	got := parseScreen("\x1b[1mlb1  x\x1b[0m\x1b[K\r\nplain \x1b[31mred <\x1b[0m end\x1b[K\r\n\x1b[K\r\nlast")
	want := [][]run{{{"1", "lb1  x"}}, {{"", "plain "}, {"31", "red <"}, {"", " end"}}, nil, {{"", "last"}}}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(run{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if !colored(got, "31", "red") || colored(got, "31", "plain") || plainText(got) != "lb1  x\nplain red < end\n\nlast\n" {
		t.Errorf("%q", plainText(got))
	}
	svg := string(drawTerminal(got, 80, 4))
	for _, part := range []string{`<text x="16.0" y="29" textLength="23.4" class="c1">lb1</text>`, `<text x="55.0" y="29" textLength="7.8" class="c1">x</text>`, `class="c31">red &lt;</text>`} {
		if !strings.Contains(svg, part) {
			t.Errorf("no %s in\n%s", part, svg)
		}
	}
	if err := xml.Unmarshal([]byte(svg), new(any)); err != nil {
		t.Errorf("not XML: %v", err)
	}
}
