// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vipward/conf"
)

// recorder is a script that appends its arguments to a file as one line.
func recorder(t *testing.T) (cmd *conf.Command, lines func() []string) {
	t.Helper()
	dir := t.TempDir()
	script, out := filepath.Join(dir, "record"), filepath.Join(dir, "out")
	text := "#!/bin/sh\nPATH=/usr/bin:/bin\nexport PATH\necho \"$*\" >>" + out + "\n"
	if err := os.WriteFile(script, []byte(text), 0o700); err != nil {
		t.Fatal(err)
	}
	return &conf.Command{Args: []string{script}, User: "root"}, func() []string {
		b, _ := os.ReadFile(out)
		return strings.Split(strings.TrimSpace(string(b)), "\n")
	}
}

func withArgs(c *conf.Command, args ...string) *conf.Command {
	return &conf.Command{Args: append([]string{c.Args[0]}, args...), User: c.User}
}

func TestChildRunsHooksInOrder(t *testing.T) {
	t.Parallel()
	cmd, lines := recorder(t)
	vi := testInstance(100)
	vi.Notify = cmd
	vi.NotifyMaster, vi.NotifyBackup = withArgs(cmd, "to", "master"), withArgs(cmd, "to backup")
	vi.NotifyStop = withArgs(cmd, "stop")
	c := startChild(t, oneInstance(vi), &memStore{})
	c.eventually("the master scripts", func() bool { return len(lines()) >= 4 })
	if err := c.finish(); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"to backup", "INSTANCE VI_1 BACKUP 100",
		"to master", "INSTANCE VI_1 MASTER 100",
		"stop", "INSTANCE VI_1 STOP 100",
	}
	if diff := cmp.Diff(want, lines()); diff != "" {
		t.Errorf("script calls (-want +got):\n%s\n%s", diff, c.log)
	}
}

// toggle is a vrrp_script that succeeds while a file exists.
func toggle(t *testing.T, weight int) (s *conf.Script, file string) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "healthy")
	return &conf.Script{
		Name: "chk", Command: conf.Command{Args: []string{"/usr/bin/test", "-e", file}, User: "root"},
		Interval: 10 * time.Millisecond, Timeout: 5 * time.Second, Weight: weight, Rise: 1, Fall: 1,
	}, file
}

func TestChildScriptWithoutWeightIsFault(t *testing.T) {
	t.Parallel()
	s, file := toggle(t, 0)
	vi := testInstance(100)
	vi.TrackScripts = []conf.TrackScript{{Script: s}}
	c := startChild(t, &conf.Config{Scripts: []*conf.Script{s}, Instances: []*conf.Instance{vi}}, &memStore{})
	c.eventually("FAULT", func() bool { // as keepalived, without a line for the state
		reply := make(chan string, 1)
		c.ask <- Question{Reply: reply}
		return strings.Contains(<-reply, "   State = FAULT\n")
	})
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	c.eventually("the script's success", c.logged("VRRP_Script(chk) succeeded"))
	c.eventually("the VIP", c.holds("10.0.0.100/24"))
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	c.eventually("the VIP gone", func() bool { return !c.holds("10.0.0.100")() })
	c.eventually("the failure", c.logged("VRRP_Script(chk) failed (exited with status 1)"))
}

func TestChildScriptWeightChangesPriority(t *testing.T) {
	t.Parallel()
	s, _ := toggle(t, -60)
	vi := testInstance(100)
	vi.TrackScripts = []conf.TrackScript{{Script: s, Weight: -60}}
	c := startChild(t, &conf.Config{Scripts: []*conf.Script{s}, Instances: []*conf.Instance{vi}}, &memStore{})
	c.eventually("the lower priority", c.logged("(VI_1) Changing effective priority from 100 to 40"))
	c.eventually("an advert with it", func() bool {
		ads := c.port.adverts()
		return len(ads) > 0 && ads[len(ads)-1].Priority == 40
	})
}

func TestChildMissingScriptIsAsIfUntracked(t *testing.T) {
	t.Parallel()
	s, _ := toggle(t, 0)
	s.Command.Args = []string{"/nonexistent/check"}
	vi := testInstance(100)
	vi.TrackScripts = []conf.TrackScript{{Script: s}}
	vi.NotifyMaster = &conf.Command{Args: []string{"/nonexistent/hook"}, User: "root"}
	c := startChild(t, &conf.Config{Scripts: []*conf.Script{s}, Instances: []*conf.Instance{vi}}, &memStore{})
	c.eventually("the VIP", c.holds("10.0.0.100/24"))
	for _, path := range []string{"/nonexistent/check", "/nonexistent/hook"} {
		if !c.logged("Script " + path + " cannot be accessed")() {
			t.Errorf("no word about %s:\n%s", path, c.log)
		}
	}
}
