// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// event is one line of go test -json (go doc test2json).
type event struct {
	Action  string
	Package string
	Test    string
	Elapsed float64
	Output  string
}

// id names a test, or with an empty Test the package itself.
type id struct{ pkg, test string }

// summary counts results and prints the lines worth reading.
type summary struct {
	out                     io.Writer
	passed, failed, skipped int
	output                  map[id][]string // of what has not ended yet
	broken                  map[string]bool // packages with a failed test
}

func newSummary(out io.Writer) *summary {
	return &summary{out: out, output: map[id][]string{}, broken: map[string]bool{}}
}

// read takes events until the end of in. A line that is no event is passed on: the go
// command prints some errors before it starts to speak JSON.
func (s *summary) read(in io.Reader) error {
	lines := bufio.NewReader(in)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 {
			s.line(line)
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (s *summary) line(line []byte) {
	var ev event
	if json.Unmarshal(line, &ev) != nil {
		fmt.Fprintf(s.out, "%s", line)
		return
	}
	s.add(ev)
}

func (s *summary) add(ev event) {
	key := id{ev.Package, ev.Test}
	switch ev.Action {
	case "output":
		s.output[key] = append(s.output[key], ev.Output)
	case "build-output":
		fmt.Fprint(s.out, ev.Output)
	case "pass", "fail", "skip":
		s.end(key, ev)
		delete(s.output, key)
	}
}

func (s *summary) end(key id, ev event) {
	if key.test == "" {
		s.endPackage(key, ev)
		return
	}
	switch ev.Action {
	case "pass":
		s.passed++
	case "skip":
		s.skipped++
		s.show(key)
	case "fail":
		s.failed++
		s.broken[key.pkg] = true
		s.show(key)
	}
}

// endPackage prints the package's line. A package that failed without a failed test (it
// did not build, it timed out) counts as one failure.
func (s *summary) endPackage(key id, ev event) {
	switch ev.Action {
	case "pass":
		fmt.Fprintf(s.out, "ok    %s %.1fs\n", key.pkg, ev.Elapsed)
	case "fail":
		if !s.broken[key.pkg] {
			s.failed++
		}
		s.showUnfinished(key.pkg)
		fmt.Fprintf(s.out, "FAIL  %s %.1fs\n", key.pkg, ev.Elapsed)
	}
}

// showUnfinished prints the output of the package and of those of its tests that never
// ended: what was running when it died.
func (s *summary) showUnfinished(pkg string) {
	for key := range s.output {
		if key.pkg == pkg {
			s.show(key)
			delete(s.output, key)
		}
	}
}

func (s *summary) show(key id) {
	for _, text := range s.output[key] {
		if !noise(text) {
			fmt.Fprint(s.out, text)
		}
	}
}

// noise says whether a line only marks progress.
func noise(text string) bool {
	for _, prefix := range []string{"=== RUN", "=== PAUSE", "=== CONT", "=== NAME"} {
		if strings.HasPrefix(text, prefix) {
			return true
		}
	}
	return false
}

// close prints the count, alone on its line.
func (s *summary) close() {
	fmt.Fprintf(s.out, "%d passed, %d failed", s.passed, s.failed)
	if s.skipped > 0 {
		fmt.Fprintf(s.out, ", %d skipped", s.skipped)
	}
	fmt.Fprintln(s.out)
}

func (s *summary) good(strict bool) bool {
	return s.failed == 0 && s.passed > 0 && (s.skipped == 0 || !strict)
}
