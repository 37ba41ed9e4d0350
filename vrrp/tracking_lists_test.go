// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"fmt"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"vipward/conf"
)

// deviceText writes tracked interfaces as the configuration does, with the weights that
// count.
func deviceText(list []conf.TrackInterface) string {
	var out []string
	for _, t := range list {
		text := t.Interface
		if t.Weight != 0 {
			text += fmt.Sprintf(" %d", t.Weight)
		}
		if t.Reverse {
			text += " reverse"
		}
		out = append(out, text)
	}
	return strings.Join(out, ", ")
}

// TestDevicesOf is what keepalived 2.2.7 was seen to follow beside the instance's own
// interface and those of its addresses.
func TestDevicesOf(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(cfg *conf.Config, c *conf.Instance)
		listed []conf.TrackInterface
		want   string
	}{
		{"nothing", nil, nil, ""},
		{"listed", nil, []conf.TrackInterface{{Interface: "eth1"}, {Interface: "eth2", Weight: -5}}, "eth1, eth2 -5"},
		{"its own", nil, []conf.TrackInterface{{Interface: "eth0", Weight: 10}}, ""},
		{
			"its own, which does not count", func(_ *conf.Config, c *conf.Instance) { c.DontTrackPrimary = true },
			[]conf.TrackInterface{{Interface: "eth0", Weight: 10}},
			"",
		},
		{
			"that of an address, which must be up",
			func(_ *conf.Config, c *conf.Instance) { c.VIPs[0].Dev = "eth1" },
			[]conf.TrackInterface{{Interface: "eth1", Weight: 10}},
			"",
		},
		{
			"that of an address that does not count",
			func(_ *conf.Config, c *conf.Instance) { c.VIPs[0].Dev, c.VIPs[0].NoTrack = "eth1", true },
			[]conf.TrackInterface{{Interface: "eth1", Weight: 10}},
			"eth1 10",
		},
		{
			"twice, without weight last", nil,
			[]conf.TrackInterface{{Interface: "eth1", Weight: 20}, {Interface: "eth1"}},
			"eth1",
		},
		{
			"twice with weights: the group's comes first", nil,
			[]conf.TrackInterface{{Interface: "eth1", Weight: 20}, {Interface: "eth1", Weight: 10}},
			"eth1 20",
		},
		{"reversed without weight", nil, []conf.TrackInterface{{Interface: "eth1", Reverse: true}}, "eth1 reverse"},
		{
			"of routes",
			func(_ *conf.Config, c *conf.Instance) {
				c.Routes = []conf.Route{
					{Dev: "eth1"},
					{NextHops: []conf.NextHop{{Dev: "eth2"}, {Dev: "eth3"}, {}}},
					{Dev: "eth4", NoTrack: true},
					{Dev: "eth0"},
				}
			}, nil, "eth1",
		},
		{
			"of rules",
			func(_ *conf.Config, c *conf.Instance) {
				c.Rules = []conf.Rule{{IIF: "eth1"}, {OIF: "eth2"}, {IIF: "eth3", NoTrack: true}, {}}
			}, nil, "eth1, eth2",
		},
		{
			"of a route, with a weight",
			func(_ *conf.Config, c *conf.Instance) { c.Routes = []conf.Route{{Dev: "eth1"}} },
			[]conf.TrackInterface{{Interface: "eth1", Weight: 10}},
			"eth1",
		},
		{"of the track group", staticItems("VI_2", "VI_1"), nil, "eth1, eth2, eth3, eth4"},
		{"of another one's track group", staticItems("VI_2"), nil, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			cfg := oneInstance(testInstance(100))
			if tt.change != nil {
				tt.change(cfg, cfg.Instances[0])
			}
			if diff := gocmp.Diff(tt.want, deviceText(devicesOf(cfg, cfg.Instances[0], tt.listed))); diff != "" {
				t.Errorf("interfaces (-want +got):\n%s", diff)
			}
		})
	}
}

// staticItems adds a track group with these members, and static items of it and of none.
func staticItems(members ...string) func(*conf.Config, *conf.Instance) {
	return func(cfg *conf.Config, _ *conf.Instance) {
		cfg.TrackGroups = []*conf.TrackGroup{{Name: "TG", Members: members}}
		cfg.StaticAddresses = []conf.Address{
			{Dev: "eth1", TrackGroup: "TG"},
			{Dev: "eth8"},
			{Dev: "eth7", TrackGroup: "TG", NoTrack: true},
		}
		cfg.StaticRoutes = []conf.Route{{Dev: "eth2", TrackGroup: "TG"}, {Dev: "eth8"}}
		cfg.StaticRules = []conf.Rule{{IIF: "eth3", OIF: "eth4", TrackGroup: "TG"}, {IIF: "eth8"}}
	}
}

// TestTracksOf: what instance and group list both counts as the group says.
func TestTracksOf(t *testing.T) {
	t.Parallel()
	s, u := &conf.Script{Name: "s"}, &conf.Script{Name: "u"}
	f, p := &conf.TrackedFile{Name: "f"}, &conf.TrackedProcess{Name: "p"}
	c := &conf.Instance{
		TrackScripts: []conf.TrackScript{{Script: s, Weight: 1}, {Script: u, Weight: 2}},
		Tracking: conf.Tracking{
			Files:     []conf.TrackFile{{File: f, Weight: 3}},
			Processes: []conf.TrackProcess{{Process: p, Weight: 4}},
		},
	}
	g := &conf.SyncGroup{
		TrackScripts: []conf.TrackScript{{Script: s, Weight: 10}},
		Tracking:     conf.Tracking{Files: []conf.TrackFile{{File: f, Weight: 30}}},
	}
	scripts, tracking := tracksOf(c, g)
	if diff := gocmp.Diff([]conf.TrackScript{{Script: s, Weight: 10}, {Script: u, Weight: 2}}, scripts); diff != "" {
		t.Errorf("scripts (-want +got):\n%s", diff)
	}
	want := conf.Tracking{
		Files:     []conf.TrackFile{{File: f, Weight: 30}},
		Processes: []conf.TrackProcess{{Process: p, Weight: 4}},
	}
	if diff := gocmp.Diff(want, tracking); diff != "" {
		t.Errorf("the rest (-want +got):\n%s", diff)
	}
	scripts, tracking = tracksOf(c, nil)
	if diff := gocmp.Diff(c.TrackScripts, scripts) + gocmp.Diff(c.Tracking, tracking); diff != "" {
		t.Errorf("without a group (-want +got):\n%s", diff)
	}
}
