// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"strings"
	"testing"
)

// TestRunnableInstances: what cannot be run is left out, and said; the rest runs
// as it stands.
func TestRunnableInstances(t *testing.T) {
	t.Parallel()
	const script = "vrrp_script s {\nscript /s\nweight 5\n}\n" // 4 lines
	tests := []struct {
		name, text string
		instances  int
		codes      []string
	}{
		{name: "plain", text: instanceText(), instances: 1},
		{name: "IPv6", text: strings.Replace(instanceText(), "10.0.0.100/24", "fd00::1/64", 1), instances: 1},
		{name: "AH", text: instanceText("authentication {\nauth_type AH\nauth_pass x\n}"), instances: 1},
		{name: "sender checks", text: instanceText("check_unicast_src\nunicast_ttl 9\nunicast_peer {\n10.0.0.2 min_ttl 60\n}"), instances: 1},
		{
			name: "no interface", text: strings.Replace(instanceText("unicast_src_ip 10.0.0.1\nunicast_peer {\n10.0.0.2\n}"), "interface eth0\n", "", 1),
			instances: 1,
		},
		{name: "no peer", text: instanceText("unicast_fault_no_peer"), instances: 1},
		{name: "ipvlan", text: instanceText("use_ipvlan"), instances: 1},
		{name: "excluded IPv6", text: instanceText("virtual_ipaddress_excluded {\nfd00::1\n10.0.0.5\n}"), instances: 1},
		{name: "VMAC", text: instanceText("use_vmac"), instances: 1},
		{name: "trackers", text: script + instanceText("track_interface {\neth1\n}\ntrack_script {\ns weight 5 reverse\n}"), instances: 1},
		{name: "tracked BFD", text: "bfd_instance b {\nneighbor_ip 10.0.0.9\n}\n" + instanceText("track_bfd {\nb\n}"), instances: 1, codes: []string{"4:1 warning not-supported-yet"}},
		{name: "no_accept", text: instanceText("no_accept"), instances: 1},
		{name: "no_accept of an owner", text: instanceText("no_accept\npriority 255"), instances: 1},
		{name: "sync group", text: instanceText() + "vrrp_sync_group g {\ngroup {\nVI\n}\n}\n", instances: 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			l := loadText(tt.text)
			if l.Fatal() {
				t.Fatal(l.Diagnostics)
			}
			before := len(l.Config.Instances[0].ExcludedVIPs)
			cfg, left := l.Config.Runnable()
			diff(t, "diagnostics", tt.codes, said(left))
			diff(t, "instances", tt.instances, len(cfg.Instances))
			diff(t, "the configuration itself", 1, len(l.Config.Instances))
			diff(t, "its addresses", before, len(l.Config.Instances[0].ExcludedVIPs))
		})
	}
}

// TestRunnableKeepsWhatRuns: an instance of today comes out as it went in.
func TestRunnableKeepsWhatRuns(t *testing.T) {
	t.Parallel()
	l := loadText("vrrp_script s {\nscript /s\nweight 5\n}\n" + instanceText(
		"unicast_src_ip 10.0.0.1", "unicast_peer {\n10.0.0.2\n}", "virtual_ipaddress_excluded {\n10.0.0.7\n}",
		"track_script {\ns\n}", "nopreempt", "notify /n"))
	cfg, left := l.Config.Runnable()
	diff(t, "diagnostics", 0, len(left))
	diff(t, "instance", l.Config.Instances[0], cfg.Instances[0])
}
