// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"vipward/conf"
	"vipward/netif"
)

// threeLinks are eth0 with its address, eth1 and eth2, the last two up or down.
func threeLinks(up1, up2 bool) netif.Resync {
	eth1, eth2 := eth0, eth0
	eth1.Name, eth1.Index, eth1.Up = "eth1", 3, up1
	eth2.Name, eth2.Index, eth2.Up = "eth2", 4, up2
	return netif.Resync{
		Links: []netif.Link{eth0, eth1, eth2},
		Addrs: []netif.AddrChange{{Index: 2, Prefix: hostAddr.Prefix, Added: true}},
	}
}

// link changes eth1 or eth2.
func (c *child) link(n int, up bool) {
	c.t.Helper()
	l := eth0
	l.Name, l.Index, l.Up = fmt.Sprintf("eth%d", n), n+2, up
	c.tell(netif.LinkChange{Link: l})
}

// said waits for lines that tell of an instance's priority, state and trackers.
func (c *child) said(want ...string) {
	c.t.Helper()
	words := []string{"(VI_1) C", "(VI_1) S", "(VI_1): ", "(VI_1) E", "(VI_1) e", "(VI_2) ", "(VI_2): ", "Netlink reports", "VRRP_Script", "Script", "Quorum", "Invalid"}
	drop := func(lines []string) []string {
		var out []string
		for _, l := range lines {
			if l != "(VI_1) setting VIPs." && l != "(VI_1) removing VIPs." && l != "(VI_1) sent 0 priority" {
				out = append(out, l)
			}
		}
		return out
	}
	c.eventually(want[len(want)-1], func() bool { return len(drop(c.lines(words...))) >= len(want) })
	if diff := gocmp.Diff(want, drop(c.lines(words...))); diff != "" {
		c.t.Fatalf("lines (-want +got):\n%s", diff)
	}
}

// slow makes an instance that stays a backup for the time of a test.
func slow(c *conf.Instance) *conf.Instance {
	c.Version, c.AdvertInt = 2, 200_000_000_000
	return c
}

// TestTrackInterface is the recording track-interface, up to the first election.
func TestTrackInterface(t *testing.T) {
	t.Parallel()
	vi := slow(testInstance(100))
	vi.Tracking.Interfaces = []conf.TrackInterface{{Interface: "eth1", Weight: 10}, {Interface: "eth2"}}
	c := startChild(t, oneInstance(vi), &memStore{}, threeLinks(true, true))
	said := []string{"(VI_1) Changing effective priority from 100 to 110", "(VI_1) Entering BACKUP STATE (init)"}
	c.said(said...)
	c.link(1, false)
	said = append(said, "Netlink reports eth1 down", "(VI_1) Changing effective priority from 110 to 100")
	c.said(said...)
	c.link(1, true)
	said = append(said, "Netlink reports eth1 up", "(VI_1) Changing effective priority from 100 to 110")
	c.said(said...)
	c.link(2, false)
	said = append(said, "Netlink reports eth2 down", "(VI_1) Entering FAULT STATE")
	c.said(said...)
	c.link(2, true)
	said = append(said, "Netlink reports eth2 up", "(VI_1) Entering BACKUP STATE")
	c.said(said...)
}

// TestTrackInterfaceReverse is the recording track-interface-negative-reverse.
func TestTrackInterfaceReverse(t *testing.T) {
	t.Parallel()
	vi := slow(testInstance(100))
	vi.Tracking.Interfaces = []conf.TrackInterface{
		{Interface: "eth1", Weight: -50}, {Interface: "eth2", Weight: 20, Reverse: true},
	}
	c := startChild(t, oneInstance(vi), &memStore{}, threeLinks(true, true))
	said := []string{"(VI_1) Changing effective priority from 100 to 80", "(VI_1) Entering BACKUP STATE (init)"}
	c.said(said...)
	for _, step := range []struct {
		link     int
		up       bool
		from, to int
	}{{1, false, 80, 30}, {2, false, 30, 50}, {1, true, 50, 100}, {2, true, 100, 80}} {
		c.link(step.link, step.up)
		state := map[bool]string{true: "up", false: "down"}[step.up]
		said = append(said, fmt.Sprintf("Netlink reports eth%d %s", step.link, state),
			fmt.Sprintf("(VI_1) Changing effective priority from %d to %d", step.from, step.to))
		c.said(said...)
	}
}

// TestTrackedAtTheStart names every reason.
func TestTrackedAtTheStart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "f")
	put(t, path, "1")
	vi := slow(testInstance(100))
	vi.Tracking = conf.Tracking{
		Interfaces: []conf.TrackInterface{{Interface: "eth1"}, {Interface: "eth2"}},
		Files:      []conf.TrackFile{{File: &conf.TrackedFile{Name: "tf", Path: path}}},
		Processes:  []conf.TrackProcess{{Process: &conf.TrackedProcess{Name: "tp", Args: []string{"no-such-program"}, Quorum: 1, QuorumMax: -1}}},
	}
	c := startChild(t, oneInstance(vi), &memStore{}, threeLinks(false, true))
	said := []string{
		"(VI_1): entering FAULT state (interface eth1 down)",
		"(VI_1): entering FAULT state (tracked file tf has status -254)",
		"(VI_1) entering FAULT state (tracked process tp quorum not achieved)",
		"(VI_1) entering FAULT state",
	}
	c.eventually(said[3], func() bool { return len(c.lines("(VI_1) entering FAULT state")) > 1 })
	if diff := gocmp.Diff(said, c.lines("(VI_1): entering", "(VI_1) entering")); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
}

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// fileInstance tracks a file with a weight.
func fileInstance(path string, weight int) *conf.Config {
	vi := slow(testInstance(100))
	f := &conf.TrackedFile{Name: "tf", Path: path, Weight: 1}
	vi.Tracking.Files = []conf.TrackFile{{File: f, Weight: weight}}
	cfg := oneInstance(vi)
	cfg.Files = []*conf.TrackedFile{f}
	return cfg
}

// TestTrackFile is the recording fifo-priority-changes, as a backup.
func TestTrackFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "tf")
	c := startChild(t, fileInstance(path, 1), &memStore{})
	said := []string{"(VI_1) Entering BACKUP STATE (init)"}
	change := func(from, to int) string {
		return fmt.Sprintf("(VI_1) Changing effective priority from %d to %d", from, to)
	}
	for _, step := range []struct {
		text string
		want []string
	}{
		{"5", []string{change(100, 105)}},
		{"-20", []string{change(105, 80)}},
		{"300", []string{change(80, 254)}},
		{"-300", []string{"(VI_1): tracked file tf now FAULT state", "(VI_1) Entering FAULT STATE"}},
		{"10", []string{
			"(VI_1): tracked file tf leaving FAULT state", "(VI_1) Setting effective priority to 110", "(VI_1) Entering BACKUP STATE",
		}},
		{"0", []string{change(110, 100)}},
		{"99999999999", []string{"Invalid number 99999999999 read from " + path + " - ignoring"}},
		{"7 garbage", []string{change(100, 107)}},
		{"", []string{change(107, 100)}},
	} {
		put(t, path, step.text)
		said = append(said, step.want...)
		c.said(said...)
	}
}

// TestTrackFileReload: a weight may change at a reload, the value stays known; a file that
// nobody tracks any more is forgotten.
func TestTrackFileReload(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "tf")
	put(t, path, "5")
	c := startChild(t, fileInstance(path, 1), &memStore{})
	said := []string{"(VI_1) Changing effective priority from 100 to 105", "(VI_1) Entering BACKUP STATE (init)"}
	c.said(said...)
	for _, step := range []struct {
		weight int
		line   string
	}{{4, "(VI_1) Changing effective priority from 105 to 120"}, {-1, "(VI_1) Changing effective priority from 120 to 95"}} {
		if err := c.reloadTo(fileInstance(path, step.weight)); err != nil {
			t.Fatal(err)
		}
		said = append(said, step.line)
		c.said(said...)
	}
	put(t, path, "6")
	said = append(said, "(VI_1) Changing effective priority from 95 to 94")
	c.said(said...)
	if err := c.reloadTo(oneInstance(slow(testInstance(100)))); err != nil {
		t.Fatal(err)
	}
	said = append(said, "(VI_1) Changing effective priority from 94 to 100")
	c.said(said...)
}

// TestInitFiles writes when the daemon starts, and neither at a reload nor in the successor
// of a process that crashed.
func TestInitFiles(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "tf")
	cfg := fileInstance(path, 1)
	cfg.Files[0].Init, cfg.Files[0].InitValue, cfg.Files[0].Overwrite = true, 4, true
	store := &memStore{}
	c := startChild(t, cfg, store)
	c.said("(VI_1) Changing effective priority from 100 to 104", "(VI_1) Entering BACKUP STATE (init)")
	put(t, path, "7")
	c.eventually("the change", c.logged(" to 107"))
	if err := c.reloadTo(cfg); err != nil {
		t.Fatal(err)
	}
	saved := store.Load()
	_ = c.finish()
	c = startChild(t, cfg, &memStore{b: saved})
	c.eventually("the value of the file", c.logged("from 100 to 107"))
	if text, err := os.ReadFile(path); err != nil || string(text) != "7" {
		t.Errorf("%q, %v", text, err)
	}
}

// TestGroupTrackers apply to every member.
func TestGroupTrackers(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "tf")
	cfg := grouped(2, 2)
	for _, vi := range cfg.Instances {
		slow(vi)
	}
	cfg.Files = []*conf.TrackedFile{{Name: "tf", Path: path, Weight: 1}}
	cfg.SyncGroups[0].Tracking = conf.Tracking{
		Files:      []conf.TrackFile{{File: cfg.Files[0], Weight: 2}},
		Interfaces: []conf.TrackInterface{{Interface: "eth1", Weight: 20}},
	}
	c := startChild(t, cfg, &memStore{}, threeLinks(true, true))
	for n := range 2 {
		c.eventually("the interface", c.logged(fmt.Sprintf("(VI_%d) Changing effective priority from 100 to 120", n+1)))
	}
	put(t, path, "3")
	for n := range 2 {
		c.eventually("the file", c.logged(fmt.Sprintf("(VI_%d) Changing effective priority from 120 to 126", n+1)))
	}
	c.link(1, false)
	for n := range 2 {
		c.eventually("the interface down", c.logged(fmt.Sprintf("(VI_%d) Changing effective priority from 126 to 106", n+1)))
	}
}

// TestTrackGroup is the recording static-track-group: the instance follows the interface of
// static items.
func TestTrackGroup(t *testing.T) {
	t.Parallel()
	vi := slow(testInstance(100))
	cfg := oneInstance(vi)
	cfg.TrackGroups = []*conf.TrackGroup{{Name: "TG", Members: []string{"VI_1"}}}
	cfg.StaticRules = []conf.Rule{{IIF: "eth1", TrackGroup: "TG", Action: "table", Table: conf.Named{ID: 50}}}
	c := startChild(t, cfg, &memStore{}, threeLinks(true, true))
	said := []string{"(VI_1) Entering BACKUP STATE (init)"}
	c.said(said...)
	c.link(2, false)
	c.link(1, false)
	said = append(said, "Netlink reports eth1 down", "(VI_1) Entering FAULT STATE")
	c.said(said...)
	c.link(1, true)
	said = append(said, "Netlink reports eth1 up", "(VI_1) Entering BACKUP STATE")
	c.said(said...)
}
