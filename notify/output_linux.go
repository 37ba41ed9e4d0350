// SPDX-License-Identifier: Apache-2.0

package notify

import (
	"errors"
	"io"
	"os"
	"strings"
	"sync"
	"time"
)

const (
	// outputDelay is how long the result of a program waits for the end of its output, which
	// a process that it left behind may hold open.
	outputDelay = 100 * time.Millisecond
	// lineLimit is what of a line of output goes into the log.
	lineLimit = 256
	// linesLimit is how many of the last lines do.
	linesLimit = 10
)

// output keeps the end of what a program writes. It reads for as long as anybody may write: a
// daemon that a script leaves behind would be ended by SIGPIPE, or stand still before a full
// pipe, if nobody did.
type output struct {
	mu   sync.Mutex // guards tail
	tail tail

	r, w  *os.File
	doneC chan struct{} // closed when nobody writes any more
}

func newOutput() (*output, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	return &output{r: r, w: w, doneC: make(chan struct{})}, nil
}

// started leaves the writing to the program.
func (o *output) started() { _ = o.w.Close() }

// discard closes the pipe of a program that could not be started.
func (o *output) discard() error { return errors.Join(o.w.Close(), o.r.Close()) }

// read reads to the end, or until the pipe is closed.
func (o *output) read() {
	defer close(o.doneC)
	defer o.r.Close()
	_, _ = io.Copy(o, o.r) // closed: nobody wants to know any more
}

// Write takes all of p and never fails.
func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.tail.Write(p)
}

// text is the end of the output of a program that has ended.
func (o *output) text() string {
	t := time.NewTimer(outputDelay)
	defer t.Stop()
	select {
	case <-o.doneC:
	case <-t.C:
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.tail.String()
}

// Lines are the last lines of the output, fit for a log: nothing but printable characters,
// none of them long, and not many.
func (r Result) Lines() []string {
	var lines []string
	for line := range strings.Lines(r.Output) {
		if line = printable(line); line != "" {
			lines = append(lines, line)
		}
	}
	return lines[max(0, len(lines)-linesLimit):]
}

// printable is a line without what could pretend to be another one, or move the cursor.
func printable(line string) string {
	line = strings.ToValidUTF8(strings.TrimRight(line, " \t\r\n"), "?")
	line = strings.Map(func(c rune) rune {
		switch {
		case c == '\t':
			return ' '
		case c < ' ', c >= 0x7f && c < 0xa0, c == '\u2028', c == '\u2029':
			return '?'
		}
		return c
	}, line)
	if len(line) > lineLimit {
		line = strings.ToValidUTF8(line[:lineLimit], "") + "..."
	}
	return line
}
