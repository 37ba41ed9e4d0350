// SPDX-License-Identifier: Apache-2.0

package replayipvs

import (
	"cmp"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

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
	// come through to the lab kernel. All of them (".", make replay) take five minutes;
	// usualCases, some of each kind, are played by default.
	onlyCases  = "VIPWARD_CASES"
	usualCases = `^(drift|file-check|forms-(fwmark|group-shared|groups|options)|inherit|misc-(dynamic|env)|` +
		`notify-fifo-both|pool-(alpha-omega|hysteresis-start|inhibit|quorum-nosorry|sorry.*|two-checkers|weight0)|` +
		`reload-(broken|method-down|quorum|rs-set|same|sorry|vs-options|vs-set|weights)|sorry-options|start-foreign|` +
		`stop-(flush|many|sorry-active)|wire-(dns|http-urls-fast|smtp|tcp|udp))$`
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
	p := &player{dir: recordings, results: map[string]outcome{}}
	if len(caseNames(t, p.dir)) == 0 {
		p.dir = ownRecordings
	}
	var err error
	if p.accepted, err = replay.ReadAccepted(acceptedFile); err != nil {
		t.Fatal(err)
	}
	var names []string
	all := slices.DeleteFunc(caseNames(t, p.dir), unwanted())
	for i, name := range all { // the lengths fall: every second one is half of the work
		if i%2 != share {
			continue
		}
		if why, ok := p.accepted.Whole(name); ok {
			t.Logf("not played: %s: %s", name, why)
			p.leftOut++
			continue
		}
		names = append(names, name)
	}
	p.playTwice(t, names)
	p.report(t, names)
}

// unwanted says which cases are not played.
func unwanted() func(string) bool {
	pattern := os.Getenv(onlyCases)
	if pattern == "" {
		pattern = usualCases
	}
	wanted := regexp.MustCompile(pattern)
	return func(name string) bool { return !wanted.MatchString(name) }
}

// caseNames lists the recordings in a folder, the longest first: so the last ones to be played
// are soon done.
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
	names = slices.Compact(names)
	length := map[string]time.Duration{}
	for _, name := range names {
		rec, err := Load(dir, name, false)
		if err != nil {
			t.Fatal(err)
		}
		length[name] = rec.Length()
	}
	slices.SortStableFunc(names, func(a, b string) int { return cmp.Compare(length[b], length[a]) })
	return names
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
	if orders := Orders(want.Kernel); len(orders) > 0 {
		out = append(out, replay.CompareItems("kernel", plain(orders), plain(Orders(got.Kernel)), serverOf)...)
		// keepalived has gaps; vipward adds a server before it takes the last one
		out = append(out, replay.CompareItems("kernel", nil, plain(Gaps(got.Kernel)), whole)...)
	}
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
			out = append(out, lineDifferences(n, table, got.Steps[n].Tables[k].Lines)...)
		}
	}
	return out
}

// lineDifferences are the lines that only one of two tables has.
func lineDifferences(step int, want Table, have []string) []replay.Difference {
	var out []replay.Difference
	only := func(sign string, lines, others []string) {
		for _, l := range lines {
			if !slices.Contains(others, l) {
				out = append(out, replay.Difference{Kind: "table", Sign: sign, Item: replay.Item{Step: step, Text: want.Name + ": " + l}})
			}
		}
	}
	only("-", want.Lines, have)
	only("+", have, want.Lines)
	return out
}

// server is whose line it is.
func server(seen string) string {
	addr, _, _ := strings.Cut(seen, " ")
	return addr
}
