// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"net/netip"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"vipward/vrrp/election"
)

// TestFaultLines are the reasons at the start.
func TestFaultLines(t *testing.T) {
	t.Parallel()
	want := []string{
		"(VI_1): entering FAULT state (interface eth0 down)",
		"(VI_1) entering FAULT state (no IPv4 address for interface)",
		"(VI_1) interface eth0 does not support multicast, specify unicast peers - disabling",
	}
	got := faultLines("VI_1", "eth0", election.FaultLink|election.FaultSource|election.FaultConfig|election.FaultScript)
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
}

func TestAddressGoneLine(t *testing.T) {
	t.Parallel()
	text, detail := addressGoneLine("eth0", netip.MustParsePrefix("10.0.0.100/24"))
	if want := "Netlink reflector reports IP 10.0.0.100 removed from eth0"; text != want || detail {
		t.Errorf("got %q, %v; want %q", text, detail, want)
	}
}
