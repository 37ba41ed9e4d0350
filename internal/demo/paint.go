// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"io"
	"os"
	"regexp"

	"golang.org/x/sys/unix"
)

var title = regexp.MustCompile(`^== .*`)

// colours are the words to paint in a line that is no title, and their ANSI codes.
var colours = []struct {
	words *regexp.Regexp
	code  string
}{
	{regexp.MustCompile(`\bMASTER\b`), "1;32"},
	{regexp.MustCompile(`\bBACKUP\b`), "33"},
	{regexp.MustCompile(`never longer than [0-9.]+ m?s|no request failed|\d+ of \d+ requests failed`), "1"},
	{regexp.MustCompile(`kill -9|power cut|stopped|SIGTERM`), "31"},
}

// painter colours whole lines on their way to a terminal.
type painter struct {
	out  io.Writer
	rest []byte // of a line that has not ended
}

// Write takes any piece of text; a line comes out when it is complete.
func (p *painter) Write(b []byte) (int, error) {
	p.rest = append(p.rest, b...)
	for {
		i := bytes.IndexByte(p.rest, '\n')
		if i < 0 {
			return len(b), nil
		}
		line := p.rest[:i+1]
		if _, err := p.out.Write(paint(line)); err != nil {
			return 0, err
		}
		p.rest = p.rest[i+1:]
	}
}

func paint(line []byte) []byte {
	if title.Match(line) {
		return colour(line, title, "1;36")
	}
	for _, c := range colours {
		line = colour(line, c.words, c.code)
	}
	return line
}

func colour(line []byte, words *regexp.Regexp, code string) []byte {
	return words.ReplaceAll(line, []byte("\x1b["+code+"m$0\x1b[0m"))
}

func isTerminal(f *os.File) bool {
	_, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	return err == nil
}
