// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"errors"
	"log/slog"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vipward/conf"
)

// beatRig polls fake drivers and keeps what is posted.
func beatRig(t *testing.T) (*beats, *fakeCarrier, *[]beatHeard) {
	t.Helper()
	f := &fakeCarrier{methods: map[string]string{"eth0": "MII"}, up: map[string]bool{"eth0": true}, err: map[string]error{}}
	var heard []beatHeard
	b := newBeats(f, slog.New(slog.DiscardHandler), func(m message) { heard = append(heard, m.(beatHeard)) })
	return b, f, &heard
}

// Only changes are told; a driver that fails is asked in another way the next time.
func TestBeats(t *testing.T) {
	t.Parallel()
	b, f, heard := beatRig(t)
	if b.poll() {
		t.Error("there is nothing to poll")
	}
	b.set(map[string]string{"eth0": "MII", "eth9": ""})
	for range 2 {
		if !b.poll() {
			t.Error("there is something to poll")
		}
	}
	f.set("eth0", false)
	b.poll()
	f.err["eth0"] = errors.New("no PHY")
	b.poll()
	if b.methods["eth0"] != "" {
		t.Errorf("goes on with %s", b.methods["eth0"])
	}
	f.methods["eth0"] = "" // it is gone
	b.poll()
	f.methods["eth0"], f.err["eth0"] = "IOCTL", nil
	b.poll() // another one of that name
	want := []beatHeard{{"eth0", true}, {"eth0", false}, {"eth0", false}}
	if diff := cmp.Diff(want, *heard, cmp.AllowUnexported(beatHeard{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestPolledLinks(t *testing.T) {
	t.Parallel()
	on := func(dev string, polled bool) *conf.Instance {
		return &conf.Instance{Interface: dev, LinkbeatUsePolling: polled}
	}
	cfg := &conf.Config{Instances: []*conf.Instance{on("eth0", true), on("eth1", false), on("", true)}}
	cfg.Linkbeats = []conf.Linkbeat{{Interface: "eth2", Method: "ETHTOOL"}}
	if diff := cmp.Diff(map[string]string{"eth0": "", "eth2": "ETHTOOL"}, polledLinks(cfg)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	cfg.Global.Daemon.LinkbeatUsePolling = true
	if diff := cmp.Diff([]string{"eth0", "eth1", "eth2"}, polledNames(polledLinks(cfg))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Whatever a dead child has left, nothing is undone that it did not do.
func TestUndoLinksOfNothing(t *testing.T) {
	t.Parallel()
	for _, state := range []string{"", "{", "{}", `{"links":{}}`} {
		if err := UndoLinks([]byte(state)); err != nil {
			t.Errorf("%q: %v", state, err)
		}
	}
}
