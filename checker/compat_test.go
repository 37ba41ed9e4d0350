// SPDX-License-Identifier: Apache-2.0

package checker

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"vipward/conf"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// deadAtStart are servers that did not answer from the beginning.
var deadAtStart = map[string][]string{
	"pool-quorum-down-start": {"127.0.0.12"},
	"pool-rs-init-notifies":  {"127.0.0.12"},
	"pool-sorry-alpha":       {"127.0.0.11"},
	"reload-rs-set":          {"127.0.0.14"},
	"reload-rs-set-alpha":    {"127.0.0.14"},
	"pool-alpha-down":        {"127.0.0.11", "127.0.0.12"},
	"pool-alpha-inhibit":     {"127.0.0.12"},
}

// TestAsObserved does what was done to keepalived when testdata/observed was
// recorded, and compares the log and the table.
func TestAsObserved(t *testing.T) {
	logs, err := filepath.Glob("testdata/observed/*.log")
	if err != nil || len(logs) == 0 {
		t.Fatalf("%d recordings: %v", len(logs), err)
	}
	for _, log := range logs {
		name := strings.TrimSuffix(log, ".log")
		t.Run(filepath.Base(name), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := &replay{
					bench: newBench(t, ""), name: name, tables: tables(t, name+".table"),
				}
				r.cfg = r.config(".conf")
				for _, server := range deadAtStart[filepath.Base(name)] {
					r.farm.kill(server)
				}
				for _, s := range sections(t, log) {
					r.section(s)
				}
				r.compare()
				r.compareRecords()
				if len(r.tables) > 0 {
					t.Errorf("%d tables were not compared", len(r.tables))
				}
			})
		})
	}
}

// replay plays one recording.
type replay struct {
	*bench
	name    string
	tables  []section
	reloads int
	want    []string // the lines since the last action
	loose   bool     // the action made checks run at the same time, in any order
}

// section is a part of a recording: the event and the lines after it.
type section struct {
	event string
	lines []string
}

func sections(t *testing.T, file string) []section {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	all := []section{{event: "start"}}
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if event, ok := strings.CutPrefix(line, "## "); ok {
			all = append(all, section{event: event})
			continue
		}
		last := &all[len(all)-1]
		last.lines = append(last.lines, line)
	}
	if len(all[0].lines) == 0 {
		all = all[1:]
	}
	return all
}

// tables are the sections of a recorded table, where there is one.
func tables(t *testing.T, file string) []section {
	t.Helper()
	if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return sections(t, file)
}

// compareRecords compares what scripts and FIFOs were told with the .wire of the
// recording, where there is one, in any order: scripts ran side by side, and so do
// the first checks.
func (r *replay) compareRecords() {
	r.t.Helper()
	wire, err := os.ReadFile(r.name + ".wire")
	if errors.Is(err, fs.ErrNotExist) {
		return
	} else if err != nil {
		r.t.Fatal(err)
	}
	if want := scriptsRun(string(wire)); want != nil {
		if diff := cmp.Diff(want, slices.Sorted(slices.Values(r.told.scripts)), cmpopts.EquateEmpty()); diff != "" {
			r.t.Errorf("scripts (-keepalived +vipward):\n%s", diff)
		}
	}
	if want := fifoRecords(string(wire)); want != nil {
		if diff := cmp.Diff(sortedLines(want), sortedLines(r.told.take())); diff != "" {
			r.t.Errorf("records (-keepalived +vipward):\n%s", diff)
		}
	}
}

// scriptsRun are the arguments of all scripts that ran in a recording, sorted;
// nil when none was watched.
func scriptsRun(wire string) []string {
	last, found := "", false
	for line := range strings.Lines(wire) {
		if ran, ok := strings.CutPrefix(line, "notify scripts ran: "); ok {
			last, found = ran, true
		}
	}
	if !found {
		return nil
	}
	return slices.Sorted(slices.Values(strings.FieldsFunc(last, func(c rune) bool { return c == ' ' || c == ';' || c == '\n' })))
}

var hexLine = regexp.MustCompile(`(?m)^[0-9a-f]{4}  ((?:[0-9a-f]{2} )+)`)

// fifoRecords are the records of a hexadecimal recording, without the NUL that
// 2.4.3 puts behind each; nil when there are none.
func fifoRecords(wire string) []string {
	var text []byte
	for _, m := range hexLine.FindAllStringSubmatch(wire, -1) {
		b, err := hex.DecodeString(strings.ReplaceAll(m[1], " ", ""))
		if err != nil {
			panic(err)
		}
		text = append(text, b...)
	}
	if len(text) == 0 {
		return nil
	}
	return strings.Split(strings.TrimSpace(strings.ReplaceAll(string(text), "\x00", "")), "\n")
}

func (r *replay) config(suffix string) *conf.Config {
	r.t.Helper()
	l := conf.Load(r.name + suffix)
	if l.Fatal() {
		r.t.Fatalf("%s%s: %v", r.name, suffix, l.Diagnostics)
	}
	return l.Config
}

var action = regexp.MustCompile(`^(start|reload|stop)\b|^RS(\d) (stops|returns)$`)

// section does what its event says, or compares the table if the event is one
// of the times when it was looked at.
func (r *replay) section(s section) {
	if m := action.FindStringSubmatch(s.event); m != nil && s.event != "started" && s.event != "stopped" {
		r.compare()
		r.act(m[1], "127.0.0.1"+m[2], m[3])
	}
	r.want = append(r.want, s.lines...)
	if len(r.tables) > 0 && r.tables[0].event == s.event {
		if s.event != "at once" && s.event != "started" {
			r.wait(10 * time.Second)
		}
		got := strings.Split(strings.TrimSpace(r.kernel.String()), "\n")
		want := slices.DeleteFunc(r.tables[0].lines, func(l string) bool { return l == "(empty)" })
		if diff := cmp.Diff(sortedLines(want), sortedLines(got)); diff != "" {
			r.t.Errorf("table, %s (-want +got):\n%s", s.event, diff)
		}
		r.tables = r.tables[1:]
	}
}

func (r *replay) act(what, server, how string) {
	r.loose = what == "start" || what == "reload"
	switch {
	case what == "start":
		r.start()
	case what == "stop":
		r.stop()
	case what == "reload":
		r.reloads++
		r.switchTo(r.config(fmt.Sprintf(".%d.conf", r.reloads+1)))
	case how == "stops":
		r.farm.kill(server)
	default:
		r.farm.revive(server)
	}
}

// others are lines that do not come from the part that is tested.
var others = regexp.MustCompile(`^(debug: |Starting Health|SECURITY|Startup|Activating BFD|Reload|Stop|$)`)

// compare compares the lines since the last action.
func (r *replay) compare() {
	r.t.Helper()
	r.wait(10 * time.Second)
	drop := func(l string) bool { return others.MatchString(l) }
	want, got := slices.DeleteFunc(r.want, drop), slices.DeleteFunc(r.log.take(), drop)
	if r.loose {
		want, got = sortedLines(want), sortedLines(got)
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		r.t.Errorf("log (-keepalived +vipward):\n%s", diff)
	}
	r.want = nil
}

func sortedLines(lines []string) []string {
	return slices.Sorted(slices.Values(slices.DeleteFunc(lines, func(l string) bool { return l == "" })))
}
