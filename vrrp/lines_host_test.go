// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"net/netip"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"vipward/conf"
	"vipward/vrrp/election"
)

// TestFaultLines are the reasons at the start.
func TestFaultLines(t *testing.T) {
	t.Parallel()
	plain := &conf.Instance{Name: "VI_1", Interface: "eth0", Family: conf.IPv4}
	six := &conf.Instance{Name: "VI_1", Interface: "eth0", Family: conf.IPv6}
	src := &conf.Instance{Name: "VI_1", Interface: "eth0", Source: netip.MustParseAddr("10.0.0.7")}
	tests := []struct {
		name   string
		c      *conf.Instance
		down   []string
		faults election.Fault
		want   []string
	}{
		{name: "none", c: plain},
		{name: "a script says it itself", c: plain, faults: election.FaultScript},
		{
			name: "a link", c: plain, down: []string{"eth1", ""}, faults: election.FaultLink,
			want: []string{"(VI_1): entering FAULT state (interface eth1 down)"},
		},
		{
			name: "all", c: plain, down: []string{"eth0", "vrrp.51"}, faults: election.FaultLink | election.FaultSource | election.FaultConfig,
			want: []string{
				"(VI_1): entering FAULT state (interface eth0 down)",
				"(VI_1): entering FAULT state (interface vrrp.51 down)",
				"(VI_1) entering FAULT state (no IPv4 address for interface)",
			},
		},
		{
			name: "no link-local address", c: six, faults: election.FaultSource,
			want: []string{"(VI_1) entering FAULT state (no IPv6 address for interface)"},
		},
		{
			name: "a configured source is not there", c: src, faults: election.FaultSource,
			want: []string{"(VI_1): entering FAULT state (src address not configured)"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := gocmp.Diff(tt.want, faultLines(tt.c, tt.down, tt.faults)); diff != "" {
				t.Errorf("lines (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAddressGoneLine(t *testing.T) {
	t.Parallel()
	text, detail := addressGoneLine("eth0", netip.MustParsePrefix("10.0.0.100/24"))
	if want := "Netlink reflector reports IP 10.0.0.100 removed from eth0"; text != want || detail {
		t.Errorf("got %q, %v; want %q", text, detail, want)
	}
}

func TestAssignedLines(t *testing.T) {
	t.Parallel()
	if text, detail := assignedLine("eth0", netip.MustParseAddr("10.0.0.1")); text != "Assigned address 10.0.0.1 for interface eth0" || !detail {
		t.Errorf("got %q, %v", text, detail)
	}
	if text, detail := deassignedLine("eth0", netip.MustParseAddr("fe80::1")); text != "Deassigned address fe80::1 from interface eth0" || !detail {
		t.Errorf("got %q, %v", text, detail)
	}
}
