// SPDX-License-Identifier: Apache-2.0

//go:build replay

package replayipvs

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sync/errgroup"

	"vipward/internal/lab"
	"vipward/internal/replay"
)

const (
	recordings = "../../../shared/reference/observed/ipvs"
	// ownRecordings are a few telling ones, for where the whole collection is missing.
	ownRecordings = "testdata/recordings"
	acceptedFile  = "testdata/accepted.txt"
	sideBySide    = 12 // cases at once: most of a case is waiting
	// onlyCases names a variable with a pattern: other cases are left out. A flag would not
	// come through to the lab kernel.
	onlyCases = "VIPWARD_CASES"
)

// TestRecordingsOdd and TestRecordingsEven play each recording of the real keepalived to
// vipward, in a lab kernel each: one of them has one processor only.
func TestRecordingsOdd(t *testing.T)  { playShare(t, 1) }
func TestRecordingsEven(t *testing.T) { playShare(t, 0) }

func playShare(t *testing.T, share int) {
	t.Parallel()
	lab.Vipward(t)
	if !lab.IPVS(t) {
		return
	}
	p := &player{dir: recordings, results: map[string][]string{}}
	if len(caseNames(t, p.dir)) == 0 {
		p.dir = ownRecordings
	}
	var err error
	if p.accepted, err = replay.ReadAccepted(acceptedFile); err != nil {
		t.Fatal(err)
	}
	var names []string
	for i, name := range caseNames(t, p.dir) {
		if i%2 == share && regexp.MustCompile(os.Getenv(onlyCases)).MatchString(name) {
			names = append(names, name)
		}
	}
	p.playAll(t, names)
	for _, name := range names {
		for _, line := range p.results[name] {
			t.Errorf("%s: %s", name, line)
		}
	}
	differ := len(slices.DeleteFunc(slices.Clone(names), func(n string) bool { return len(p.results[n]) == 0 }))
	t.Logf("%d cases equal, %d with accepted differences, %d differ, %d left out",
		len(names)-p.leftOut-differ-p.lenient, p.lenient, differ, p.leftOut)
}

// caseNames lists the recordings in a folder.
func caseNames(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.conf"))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range files {
		name, _, _ := strings.Cut(filepath.Base(f), ".")
		names = append(names, name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// player plays cases and keeps what came of them.
type player struct {
	dir      string
	accepted *replay.Accepted

	mu      sync.Mutex // guards what follows
	results map[string][]string
	lenient int // cases that are equal but for accepted differences
	leftOut int
}

func (p *player) playAll(t *testing.T, names []string) {
	t.Helper()
	var g errgroup.Group
	g.SetLimit(sideBySide)
	for _, name := range names {
		if why, ok := p.accepted.Whole(name); ok {
			t.Logf("not played: %s: %s", name, why)
			p.leftOut++
			continue
		}
		g.Go(func() error {
			lines, lenient, said := p.play(t, name)
			if len(lines) > 0 && os.Getenv(onlyCases) != "" {
				t.Logf("%s: vipward said:\n%s", name, said)
			}
			p.mu.Lock()
			defer p.mu.Unlock()
			p.results[name] = lines
			if lenient && len(lines) == 0 {
				p.lenient++
			}
			t.Logf("%s: %d differences", name, len(lines))
			return nil // it is in the results
		})
	}
	_ = g.Wait() // no case returns an error
}

// play plays a case and says in what it differs.
func (p *player) play(t *testing.T, name string) (lines []string, lenient bool, log string) {
	var got *Recording
	var said bytes.Buffer
	err := lab.Main(t.Context(), name, &said, func(lt lab.TB) {
		rec, err := Load(p.dir, name, false)
		if err != nil {
			lt.Fatalf("%v", err)
		}
		got = perform(lt, rec, p.accepted)
	})
	if err != nil {
		return []string{fmt.Sprintf("%v\n%s", err, said.String())}, false, said.String()
	}
	for i, older := range []bool{false, true} {
		want, err := Load(p.dir, name, older)
		if err != nil {
			return []string{err.Error()}, false, ""
		}
		all := p.compare(name, want, got)
		left := p.accepted.Refuse(name, all)
		if i == 0 || len(left) < len(lines) {
			lines, lenient = nil, len(p.accepted.Refuse("", all)) > 0 // what is said of every case does not count
			for _, d := range left {
				lines = append(lines, d.String())
			}
		}
	}
	return lines, lenient, said.String()
}

// compare compares all parts of a case.
func (p *player) compare(name string, want, got *Recording) []replay.Difference {
	log := func(s Step) []string { return s.Log }
	translated := func(s Step) []string {
		var out []string
		for _, l := range s.Log {
			out = append(out, p.accepted.Translate(name, l))
		}
		return out
	}
	whole := func(text string) string { return text }
	out := tableDifferences(want, got)
	out = append(out, replay.CompareItems("log", items(want, log), items(got, translated), subject)...)
	out = append(out, replay.CompareItems("wire", plain(want.Distinct()), plain(ofServers(got.Distinct(), want.Distinct())), whole)...)
	out = append(out, replay.CompareItems("fifo", plain(want.FIFO), plain(got.FIFO), pool)...)
	return append(out, replay.CompareItems("calls", plain(want.Calls), plain(got.Calls), whole)...)
}

// ofServers leaves the lines of servers that were recorded.
func ofServers(lines, recorded []string) []string {
	return slices.DeleteFunc(lines, func(l string) bool {
		return !slices.ContainsFunc(recorded, func(r string) bool { return server(r) == server(l) })
	})
}

// items lists a part of all steps.
func items(r *Recording, part func(Step) []string) []replay.Item {
	var out []replay.Item
	for n, step := range r.Steps {
		for _, text := range part(step) {
			out = append(out, replay.Item{Step: n, Text: text})
		}
	}
	return out
}

// plain are items without steps.
func plain(lines []string) []replay.Item {
	return items(&Recording{Steps: []Step{{Log: lines}}}, func(s Step) []string { return s.Log })
}

// tableDifferences compares the tables line by line.
func tableDifferences(want, got *Recording) []replay.Difference {
	var out []replay.Difference
	for n, step := range want.Steps {
		for k, table := range step.Tables {
			have := got.Steps[n].Tables[k].Lines
			for _, l := range table.Lines {
				if !slices.Contains(have, l) {
					out = append(out, replay.Difference{Kind: "table", Sign: "-", Item: replay.Item{Step: n, Text: table.Name + ": " + l}})
				}
			}
			for _, l := range have {
				if !slices.Contains(table.Lines, l) {
					out = append(out, replay.Difference{Kind: "table", Sign: "+", Item: replay.Item{Step: n, Text: table.Name + ": " + l}})
				}
			}
		}
	}
	return out
}

// server is whose line it is.
func server(seen string) string {
	addr, _, _ := strings.Cut(seen, " ")
	return addr
}
