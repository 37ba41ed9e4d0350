// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"vipward/conf"
)

// shell makes a script of a shell program, run every interval.
func shell(t *testing.T, name, body string, interval time.Duration) *conf.Script {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte("#!/bin/sh\nPATH=/usr/bin:/bin\n"+body+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	return &conf.Script{
		Name: name, Command: conf.Command{Args: []string{path}, User: "root"},
		Interval: interval, Timeout: 20 * time.Second, Rise: 1, Fall: 1,
	}
}

// tracksScripts is slow VI_1 with scripts, each with its weight.
func tracksScripts(list ...conf.TrackScript) *conf.Config {
	vi := slow(testInstance(100))
	cfg := oneInstance(vi)
	for _, t := range list {
		vi.TrackScripts = append(vi.TrackScripts, t)
		cfg.Scripts = append(cfg.Scripts, t.Script)
	}
	return cfg
}

// TestScriptsWeigh is the recording script-weights: 100 + 10 - 5, and with all failing
// 100 - 30 (reversed, chk3 takes nothing away when it fails).
func TestScriptsWeigh(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "broken")
	body := "test ! -e " + file
	c := startChild(t, tracksScripts(
		conf.TrackScript{Script: shell(t, "chk1", body, 20*time.Millisecond), Weight: 10},
		conf.TrackScript{Script: shell(t, "chk2", body, 20*time.Millisecond), Weight: -30},
		conf.TrackScript{Script: shell(t, "chk3", body, 20*time.Millisecond), Weight: 5, Reverse: true},
	), &memStore{})
	c.eventually("all successes", func() bool { return len(c.lines("VRRP_Script")) == 3 })
	c.eventually("105", c.logged("to 105"))
	put(t, file, "")
	c.eventually("70", c.logged("to 70"))
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	before := len(c.log.String())
	c.eventually("105 again", func() bool { return strings.Contains(c.log.String()[before:], "to 105") })
}

// TestScriptOverlap: a run that is longer than the interval is left alone, with keepalived's
// line for each run that is left out.
func TestScriptOverlap(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	body := "mkdir " + dir + "/lock || touch " + dir + "/overlap; sleep 0.3; rmdir " + dir + "/lock"
	c := startChild(t, tracksScripts(conf.TrackScript{Script: shell(t, "chk", body, 50*time.Millisecond)}), &memStore{})
	c.eventually("three runs left out", func() bool {
		return len(c.lines("Track script chk is already running, expect idle - skipping run")) >= 3
	})
	c.eventually("the first result", c.logged("VRRP_Script(chk) succeeded"))
	c.eventually("six", func() bool { return len(c.lines("Track script chk is already")) >= 6 })
	if _, err := os.Stat(dir + "/overlap"); err == nil {
		t.Error("two runs at a time")
	}
}

// TestScriptTimesOut: the script has failed when its time is over, although it takes
// 2 seconds to kill it; what it wrote is logged when it has ended.
func TestScriptTimesOut(t *testing.T) {
	t.Parallel()
	s := shell(t, "chk", "echo waiting for 10.0.0.9; trap '' TERM; while :; do sleep 0.1; done", 200*time.Millisecond)
	s.Timeout = 300 * time.Millisecond
	c := startChild(t, tracksScripts(conf.TrackScript{Script: s}), &memStore{})
	c.eventually("the failure", c.logged("VRRP_Script(chk) timed_out"))
	c.eventually("the end", c.logged("VRRP_Script(chk) wrote: waiting for 10.0.0.9"))
	got := slices.Compact(c.lines("Track script", "VRRP_Script"))
	want := []string{
		"Track script chk is already running, expect idle - skipping run",
		"VRRP_Script(chk) timed_out",
		"Track script chk is being timed out, expect idle - skipping run",
		"VRRP_Script(chk) wrote: waiting for 10.0.0.9",
	}
	if !slices.Equal(want, got[:min(len(got), len(want))]) {
		t.Errorf("lines %q", got)
	}
}

// TestScriptOutput is logged when the verdict changes, and not at every failure.
func TestScriptOutput(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "runs")
	s := shell(t, "chk", "echo run >> "+file+"; echo refused >&2; exit 2", 10*time.Millisecond)
	c := startChild(t, tracksScripts(conf.TrackScript{Script: s}), &memStore{})
	c.eventually("five runs", func() bool {
		text, _ := os.ReadFile(file)
		return strings.Count(string(text), "run") >= 5
	})
	want := []string{"Script `chk` now returning 2", "VRRP_Script(chk) failed (exited with status 2)", "VRRP_Script(chk) wrote: refused"}
	if got := c.lines("Script", "VRRP_Script"); !slices.Equal(want, got) {
		t.Errorf("lines %q", got)
	}
}

// TestScriptReload keeps what is known of a script over a change of everything but its
// command, and starts another one anew.
func TestScriptReload(t *testing.T) {
	t.Parallel()
	s := shell(t, "chk", "exit 0", 20*time.Millisecond)
	config := func(weight int, change func(*conf.Script)) *conf.Config {
		again := *s
		change(&again)
		return tracksScripts(conf.TrackScript{Script: &again, Weight: weight, Reverse: weight == 40})
	}
	c := startChild(t, config(10, func(*conf.Script) {}), &memStore{})
	said := []string{"(VI_1) Entering BACKUP STATE (init)", "VRRP_Script(chk) succeeded", "(VI_1) Changing effective priority from 100 to 110"}
	c.said(said...)
	for _, step := range []struct {
		name   string
		weight int
		change func(*conf.Script)
		said   []string
	}{
		{"nothing", 10, func(*conf.Script) {}, nil},
		{"weight", 20, func(*conf.Script) {}, []string{"(VI_1) Changing effective priority from 110 to 120"}},
		{"interval", 20, func(s *conf.Script) { s.Interval = 30 * time.Millisecond }, nil},
		{"rise and fall", 20, func(s *conf.Script) { s.Rise, s.Fall = 3, 5 }, nil},
		{"reverse", 40, func(*conf.Script) {}, []string{"(VI_1) Changing effective priority from 120 to 60"}},
	} {
		if err := c.reloadTo(config(step.weight, step.change)); err != nil {
			t.Fatal(err)
		}
		said = append(said, "VRRP_Script(chk) considered successful on reload")
		said = append(said, step.said...)
		c.said(said...)
	}
	if err := c.reloadTo(config(10, func(s *conf.Script) { s.Command.Args = []string{"/bin/false"} })); err != nil {
		t.Fatal(err)
	}
	said = append(said, "(VI_1) Changing effective priority from 60 to 100",
		"Script `chk` now returning 1", "VRRP_Script(chk) failed (exited with status 1)")
	c.said(said...)
}

// TestScriptSuccessor: the successor of a process that crashed goes on with the counters. The
// script succeeds, fails once and then hangs, until the successor lets it fail twice more.
func TestScriptSuccessor(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "phase")
	put(t, file, "good")
	s := shell(t, "chk", "read phase < "+file+"\ncase $phase in\ngood) echo bad > "+file+"; exit 0;;\n"+
		"bad) echo hang > "+file+"; exit 1;;\nhang) exec sleep 100;;\nesac\nexit 1", 20*time.Millisecond)
	s.Rise, s.Fall = 1, 3
	cfg := tracksScripts(conf.TrackScript{Script: s})
	store := &memStore{}
	c := startChild(t, cfg, store)
	c.eventually("one failure", func() bool { return strings.Contains(string(store.Load()), `"count":2,"status":1`) })
	saved := store.Load()
	_ = c.finish()
	put(t, file, "broken")
	c = startChild(t, cfg, &memStore{b: saved})
	c.said("VRRP_Script(chk) failed (exited with status 1)", "(VI_1) Entering FAULT STATE")
}
