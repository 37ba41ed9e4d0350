// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// tallyOf makes requests 20 ms apart: one letter each, "." for a failed one.
func tallyOf(answers string) tally {
	var ta tally
	for i, c := range answers {
		r := request{sent: time.Unix(1, 0).Add(time.Duration(i) * askEvery), done: true}
		if c != '.' {
			r.answer = string(c)
		}
		ta = append(ta, r)
	}
	return ta
}

func TestTally(t *testing.T) {
	t.Parallel()
	tests := []struct {
		answers, shares, verdict string
		run                      int
	}{
		{"", "", "no request failed (0 asked)", 0},
		{"abab", "a 2, b 2", "no request failed (4 asked)", 4},
		{"ab..a.b", "a 2, b 2", "3 of 7 requests failed; never longer than 40 ms without an answer", 1},
		{"a.b...", "a 1, b 1", "4 of 6 requests failed; never longer than 40 ms without an answer", 0},
		{"..ab", "a 1, b 1", "2 of 4 requests failed; never longer than 40 ms without an answer", 2},
	}
	for _, tt := range tests {
		t.Run(tt.answers, func(t *testing.T) {
			t.Parallel()
			ta := tallyOf(tt.answers)
			got := fmt.Sprintf("%s; %s; %d", ta.shares(), ta.verdict(), len(ta.run()))
			want := fmt.Sprintf("%s; %s; %d", tt.shares, tt.verdict, tt.run)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("shares, verdict, run (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSinceCountsOnlyEndedRequests(t *testing.T) {
	t.Parallel()
	start := time.Now()
	early, late, open := &request{sent: start.Add(-time.Second)}, &request{sent: start}, &request{sent: start}
	tr := &traffic{}
	for _, r := range []*request{early, late, open} {
		tr.add(r)
	}
	tr.end(early, "a", nil)
	tr.end(late, "b", nil)
	if got := tr.since(start).shares(); got != "b 1" {
		t.Errorf("shares %q, want b 1", got)
	}
	tr.end(open, "half an answ", fmt.Errorf("reset"))
	if got := tr.since(start).failed(); got != 1 {
		t.Errorf("%d failed, want 1", got)
	}
}

func TestChanged(t *testing.T) {
	t.Parallel()
	before := []string{"-A x -s wrr", "-a x -r y -w 1"}
	tests := []struct {
		name string
		now  []string
		want string
		err  string
	}{
		{"one", []string{"-A x -s wrr", "-a x -r y -w 4"}, "-a x -r y -w 4", ""},
		{"none", before, "", "no entry changed"},
		{"one more", append(before, "-a x -r z -w 1"), "", "had 2 entries and has 3"},
		{"two", []string{"-A x -s rr", "-a x -r y -w 4"}, "", "2 entries changed"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := changed(before, tt.now)
			if got != tt.want || (err == nil) != (tt.err == "") || (err != nil && !strings.Contains(err.Error(), tt.err)) {
				t.Errorf("got %q, %v, want %q, %q", got, err, tt.want, tt.err)
			}
		})
	}
}

func TestPainter(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	p := &painter{out: &out}
	for _, piece := range []string{"== The kill -9", " end\n  lb2  MAS", "TER after 3.62 s\nMASTERS", " are plain\nno newline"} {
		if n, err := p.Write([]byte(piece)); n != len(piece) || err != nil {
			t.Fatalf("write %q: %d, %v", piece, n, err)
		}
	}
	want := "\x1b[1;36m== The kill -9 end\x1b[0m\n  lb2  \x1b[1;32mMASTER\x1b[0m after 3.62 s\nMASTERS are plain\n"
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("painted (-want +got):\n%s", diff)
	}
}

func TestSpan(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		47 * time.Millisecond:   "47 ms",
		999 * time.Millisecond:  "999 ms",
		3624 * time.Millisecond: "3.62 s",
	} {
		if got := span(d); got != want {
			t.Errorf("span(%v) = %q, want %q", d, got, want)
		}
	}
}

func TestConfigText(t *testing.T) {
	t.Parallel()
	good := config{state: "MASTER", priority: 150, weight: 4}
	broken := good
	broken.broken = true
	diff := changedLines(good.text(), broken.text())
	if want := []string{"  priority"}; !cmp.Equal(want, diff) {
		t.Errorf("the broken file differs by %q, want %q", diff, want)
	}
}

// changedLines lists the lines of now that differ from those of before.
func changedLines(before, now string) []string {
	old := strings.Split(before, "\n")
	var diff []string
	for i, line := range strings.Split(now, "\n") {
		if line != old[i] {
			diff = append(diff, line)
		}
	}
	return diff
}
