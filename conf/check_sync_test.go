// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"strings"
	"testing"
	"time"
)

// twoInstances are VI and V2, 18 lines in all.
func twoInstances(lines ...string) string {
	return instanceText(lines...) + strings.NewReplacer("VI", "V2", "51", "52").Replace(instanceText(lines...))
}

func TestSyncGroups(t *testing.T) {
	t.Parallel()
	group := func(name, members string, lines ...string) string {
		return "vrrp_sync_group " + name + " {\ngroup {\n" + members + "\n}\n" + strings.Join(lines, "\n") + "\n}\n"
	}
	tests := []struct {
		name, text string
		want       []string // name and members
		codes      []string
	}{
		{name: "two", text: group("g", "VI\nV2"), want: []string{"g: VI V2"}},
		{name: "on one line", text: group("g", "VI V2"), want: []string{"g: VI V2"}},
		{name: "one", text: group("g", "VI"), want: []string{"g: VI"}, codes: []string{"19:1 warning conflict"}},
		{name: "unknown member", text: group("g", "VI\nV2\nV3"), want: []string{"g: VI V2"}, codes: []string{"23:1 error not-found"}},
		{name: "empty", text: group("g", ""), codes: []string{"19:1 error dropped"}},
		{name: "twice", text: group("g", "VI V2\nVI"), want: []string{"g: VI V2"}, codes: []string{"22:1 error duplicate"}},
		{
			name: "in two groups", text: group("g", "VI V2") + group("h", "VI"), want: []string{"g: VI V2"},
			codes: []string{"25:1 error dropped", "27:1 error duplicate"},
		},
		{name: "of one name", text: group("g", "VI V2") + group("g", "VI"), want: []string{"g: VI V2"}, codes: []string{"25:1 error duplicate"}},
		{name: "two lists", text: group("g", "VI V2", "group {\nVI\n}"), want: []string{"g: VI V2"}, codes: []string{"23:1 error duplicate"}},
		{name: "no name", text: strings.Replace(group("g", "VI V2"), " g {", " {", 1), codes: []string{"19:1 error value"}},
		{name: "own interface", text: group("g", "VI V2", "track_interface {\neth0\n}"), want: []string{"g: VI V2"}, codes: []string{"24:1 warning conflict", "24:1 warning conflict"}},
		{name: "old word", text: group("g", "VI V2", "global_tracking"), want: []string{"g: VI V2"}, codes: []string{"23:1 warning deprecated"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			l := loadText(twoInstances() + tt.text)
			diff(t, "diagnostics", tt.codes, unplanned(l))
			var got []string
			for _, g := range l.Config.SyncGroups {
				got = append(got, g.Name+": "+strings.Join(g.Members, " "))
			}
			diff(t, "groups", tt.want, got)
		})
	}
}

// TestPriorityChangesAreInherited: an instance's own word, its group's, the global one.
func TestPriorityChangesAreInherited(t *testing.T) {
	t.Parallel()
	const word = "notify_priority_changes"
	tests := []struct {
		name, global, group, instance string
		want, wantGroup               bool
	}{
		{name: "nobody says"},
		{name: "globally", global: "vrrp_" + word, want: true, wantGroup: true},
		{name: "for the group", group: word, want: true, wantGroup: true},
		{name: "not for the group", global: "vrrp_" + word, group: word + " off"},
		{name: "not for the instance", global: "vrrp_" + word, group: word, instance: word + " off", wantGroup: true},
		{name: "for the instance", group: word + " off", instance: word + " on", want: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			l := loadText("global_defs {\n" + tt.global + "\n}\n" + twoInstances(tt.instance) +
				"vrrp_sync_group g {\ngroup {\nVI\nV2\n}\n" + tt.group + "\n}\n")
			for _, vi := range l.Config.Instances {
				diff(t, vi.Name, tt.want, vi.NotifyPriorityChanges)
			}
			diff(t, "group", tt.wantGroup, l.Config.SyncGroups[0].NotifyPriorityChanges)
		})
	}
}

// TestSyncGroupWeights: members have no weights of their own, unless the group
// allows them.
func TestSyncGroupWeights(t *testing.T) {
	t.Parallel()
	const script = "vrrp_script s {\nscript /s\nweight 5\n}\n"
	text := script + twoInstances("track_script {\ns\n}") + "vrrp_sync_group g {\ngroup {\nVI V2\n}\n%\n}\n"
	l := loadText(strings.Replace(text, "%", "", 1))
	diff(t, "diagnostics", []string{"13:1 warning weight-ignored", "24:1 warning weight-ignored"}, unplanned(l))
	diff(t, "scripts", 0, len(l.Config.Instances[0].TrackScripts))
	l = loadText(strings.Replace(text, "%", "sync_group_tracking_weight", 1))
	diff(t, "diagnostics", []string{}, unplanned(l))
	diff(t, "scripts", 1, len(l.Config.Instances[0].TrackScripts))
}

func TestGARPGroups(t *testing.T) {
	t.Parallel()
	l := loadText("garp_group {\ngarp_interval 0.5\ngna_interval 1\ninterfaces {\neth0 eth1\n}\ninterface eth2\n}\n" +
		"garp_group {\ngarp_interval 1\ninterface eth0\n}\ngarp_group {\ninterface eth3\n}\n")
	diff(t, "diagnostics", []string{"11:11 error duplicate", "13:1 error dropped"}, unplanned(l))
	g := l.Config.GARPGroups[0]
	diff(t, "interfaces", []string{"eth0", "eth1", "eth2"}, g.Interfaces)
	diff(t, "interval", 500*time.Millisecond, g.GARPSpacing)
}

func TestLinkLists(t *testing.T) {
	t.Parallel()
	l := loadText("linkbeat_interfaces {\neth0\neth1 ETHTOOL\neth2 mii\n}\ninterface_up_down_delays {\neth0 1.5\neth1 1 2\neth2 256\n}\n")
	diff(t, "diagnostics", []string{"4:6 error value", "9:6 error number"}, unplanned(l))
	diff(t, "methods", []string{"", "ETHTOOL", ""}, []string{l.Config.Linkbeats[0].Method, l.Config.Linkbeats[1].Method, l.Config.Linkbeats[2].Method})
	diff(t, "down", 1500*time.Millisecond, l.Config.LinkDelays[0].Down)
	diff(t, "up", 2*time.Second, l.Config.LinkDelays[1].Up)
}

func TestBFD(t *testing.T) {
	t.Parallel()
	session := func(name string, lines ...string) string {
		return "bfd_instance " + name + " {\n" + strings.Join(lines, "\n") + "\n}\n"
	}
	const peer = "neighbor_ip 10.0.0.9"
	l := loadText(session("a", peer, "min_rx 1.5", "multiplier 3", "weight -5 reverse", "vrrp", "passive"))
	diff(t, "diagnostics", []string{}, unplanned(l))
	b := l.Config.BFDs[0]
	diff(t, "min_rx", 1500*time.Microsecond, b.MinRx)
	diff(t, "rest", []any{3, -5, true, true, false, true, 255, time.Second}, []any{b.Multiplier, b.Weight, b.Reverse, b.VRRP, b.Checker, b.Passive, b.TTL, b.IdleTx})
	tests := []struct {
		name, text string
		sessions   int
		codes      []string
	}{
		{"IPv6", session("a", "neighbour_ip fd00::1"), 1, nil},
		{"no neighbour", session("a", "min_rx 5"), 0, []string{"1:1 error dropped"}},
		{"other family", session("a", peer, "source_ip fd00::1"), 0, []string{"1:1 error address-family"}},
		{"same session", session("a", peer) + session("b", peer), 1, []string{"4:1 error duplicate"}},
		{"another port", session("a", peer) + session("b", peer, "multihop"), 2, nil},
		{"same name", session("a", peer) + session("a", "neighbor_ip 10.0.0.8"), 1, []string{"4:1 error duplicate"}},
		{"long name", session(strings.Repeat("x", 32), peer), 0, []string{"1:14 error value"}},
		{"hops", session("a", peer, "ttl 5", "max_hops 10"), 1, []string{"4:1 warning adjusted"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			l := loadText(tt.text)
			diff(t, "diagnostics", tt.codes, unplanned(l))
			diff(t, "sessions", tt.sessions, len(l.Config.BFDs))
		})
	}
}
