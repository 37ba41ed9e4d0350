// SPDX-License-Identifier: Apache-2.0

package lab

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
)

// Lines collects the lines of a stream as they come.
type Lines struct {
	mu    sync.Mutex // guards what follows
	lines []string
	more  chan struct{} // closed and replaced at each line
	ended bool
}

func newLines() *Lines { return &Lines{more: make(chan struct{})} }

// read collects until r ends. each, if not nil, sees every line too.
func (l *Lines) read(r io.Reader, each func(string)) error {
	defer l.end()
	scanner := bufio.NewScanner(r)
	scanner.Buffer(nil, 1<<20)
	for scanner.Scan() {
		line := strings.TrimRight(scanner.Text(), "\r")
		l.add(line)
		if each != nil {
			each(line)
		}
	}
	return scanner.Err()
}

func (l *Lines) add(line string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, line)
	close(l.more)
	l.more = make(chan struct{})
}

func (l *Lines) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ended = true
	close(l.more)
}

// All returns the lines so far.
func (l *Lines) All() []string { return l.From(0) }

// From returns the lines from a mark on.
func (l *Lines) From(mark int) []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.lines[min(mark, len(l.lines)):])
}

// Mark is the place behind the last line: what comes later is From(mark).
func (l *Lines) Mark() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.lines)
}

// Count says how many lines from the mark on match the pattern.
func (l *Lines) Count(mark int, pattern string) int {
	re := regexp.MustCompile(pattern)
	n := 0
	for _, line := range l.From(mark) {
		if re.MatchString(line) {
			n++
		}
	}
	return n
}

// wait returns the first line from the mark on that matches. It fails after limit, when
// ctx ends, or when the stream ends without such a line.
func (l *Lines) wait(ctx context.Context, mark int, pattern string, limit time.Duration) (string, error) {
	re, err := regexp.Compile(pattern)
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	for {
		lines, more, ended := l.look(mark)
		if i := slices.IndexFunc(lines, re.MatchString); i >= 0 {
			return lines[i], nil
		}
		mark += len(lines)
		if ended {
			return "", fmt.Errorf("output ended without a line %q", pattern)
		}
		select {
		case <-more:
		case <-ctx.Done():
			return "", fmt.Errorf("no line %q within %v", pattern, limit)
		}
	}
}

func (l *Lines) look(mark int) (lines []string, more <-chan struct{}, ended bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.lines[min(mark, len(l.lines)):]), l.more, l.ended
}
