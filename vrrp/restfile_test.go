// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vipward/conf"
	"vipward/internal/statefile"
)

// keeping is a configuration with an instance_state_file.
func keeping(path string, names ...string) *conf.Config {
	var cfg *conf.Config
	for i, name := range names {
		vi := testInstance(100)
		vi.Name, vi.VRID = name, uint8(51+i)
		if cfg == nil {
			cfg = oneInstance(vi)
			continue
		}
		vi.VIPs = nil
		cfg.Instances = append(cfg.Instances, vi)
	}
	cfg.Global.VRRP.StateFile = path
	return cfg
}

// kept gives the names in the file.
func kept(t *testing.T, path string) []string {
	t.Helper()
	var in restFile
	if err := statefile.Read(path, &in); err != nil {
		t.Error(err)
	}
	return in.Resting
}

func isResting(d *desk) func() bool {
	return func() bool { return d.status().Instances[0].Resting }
}

// TestRestOverRestart: an order is on the disk when it is answered, and the next daemon begins
// with it, also with one that was killed. Taken back, it is forgotten.
func TestRestOverRestart(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "instances.json")
	var d desk
	c := startChild(t, keeping(path, "VI_1"), &memStore{}, d.at)
	c.eventually("a master", func() bool { return d.status().Instances[0].State == "MASTER" })
	if err := d.order(Order{Instance: "VI_1", Rest: true}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"VI_1"}, kept(t, path)); diff != "" {
		t.Errorf("when the order was answered (-want +got):\n%s", diff)
	}
	if err := c.finish(); err != nil {
		t.Fatal(err)
	}

	var next desk
	c = startChild(t, keeping(path, "VI_1"), &memStore{}, next.at)
	c.eventually("a master", func() bool { return next.status().Instances[0].State == "MASTER" })
	if vi := next.status().Instances[0]; !vi.Resting || vi.Priority != 1 {
		t.Errorf("after the restart: resting %v, priority %d", vi.Resting, vi.Priority)
	}
	if err := next.order(Order{Instance: "VI_1"}); err != nil {
		t.Fatal(err)
	}
	if got := kept(t, path); len(got) != 0 {
		t.Errorf("taken back: %q", got)
	}
}

// TestRestEndsWithInstance: one that gets the name later is another one; the file follows a
// reload, to another place as well.
func TestRestEndsWithInstance(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first, second := filepath.Join(dir, "first.json"), filepath.Join(dir, "second.json")
	var d desk
	c := startChild(t, keeping(first, "VI_1", "VI_2"), &memStore{}, d.at)
	c.eventually("a master", func() bool { return d.status().Instances[0].State == "MASTER" })
	for _, name := range []string{"VI_1", "VI_2"} {
		if err := d.order(Order{Instance: name, Rest: true}); err != nil {
			t.Fatal(err)
		}
	}
	c.doReload(keeping(second, "VI_1", "VI_2"))
	c.eventually("the new file", func() bool { _, err := os.Stat(second); return err == nil })
	if diff := cmp.Diff([]string{"VI_1", "VI_2"}, kept(t, second)); diff != "" {
		t.Errorf("in the new file (-want +got):\n%s", diff)
	}
	c.doReload(keeping(second, "VI_1"))
	c.eventually("a shorter file", func() bool { return slices.Equal(kept(t, second), []string{"VI_1"}) })
	c.eventually("the line", c.logged("The maintenance of VI_2 ends"))
	c.doReload(keeping(second, "VI_1", "VI_2"))
	for _, vi := range d.status().Instances {
		if vi.Resting != (vi.Name == "VI_1") {
			t.Errorf("%s: resting %v", vi.Name, vi.Resting)
		}
	}
}

// TestRestFileUnusable: what cannot be read is said and kept, not overwritten.
func TestRestFileUnusable(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{"broken": "{", "of another version": `{"version":7,"resting":["VI_1"]}`} {
		path := filepath.Join(t.TempDir(), "instances.json")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		var log logBuffer
		if got := recallResting(path, slog.New(slog.NewTextHandler(&log, nil))); got != nil {
			t.Errorf("%s: %q", name, got)
		}
		if !strings.Contains(log.String(), "level=ERROR") || !strings.Contains(log.String(), path+".unusable") {
			t.Errorf("%s: log %s", name, &log)
		}
		if b, err := os.ReadFile(path + ".unusable"); err != nil || string(b) != text {
			t.Errorf("%s: kept %q, %v", name, b, err)
		}
	}
}

// TestRestNotKept: who gave the order hears that it will not last; a disk that hangs does not
// hold the loop up.
func TestRestNotKept(t *testing.T) {
	t.Parallel()
	var d desk
	c := startChild(t, keeping("/proc/none/instances.json", "VI_1"), &memStore{}, d.at)
	c.eventually("a master", func() bool { return d.status().Instances[0].State == "MASTER" })
	err := d.order(Order{Instance: "VI_1", Rest: true})
	if err == nil || !strings.Contains(err.Error(), "is not kept") || !isResting(&d)() {
		t.Errorf("error %v, resting %v", err, isResting(&d)())
	}

	l := &loop{restC: make(chan restWrite), resting: map[string]bool{}}
	done := make(chan error, 1)
	l.keepResting("/tmp/x", done)
	if err := <-done; !errors.Is(err, errSlowDisk) {
		t.Errorf("error %v", err)
	}
}

// TestRestWrittenAtTheEnd: what waits is written although the process stops.
func TestRestWrittenAtTheEnd(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "instances.json")
	writes := make(chan restWrite, 1)
	writes <- restWrite{path: path, names: []string{"VI_1"}}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	keepRests(ctx, writes, slog.New(slog.DiscardHandler))
	if diff := cmp.Diff([]string{"VI_1"}, kept(t, path)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
