// SPDX-License-Identifier: Apache-2.0

package replay

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

const kernelFile = `== sysctl before (all=1)
(baseline, 290 values)

== as master
# ip addr show
1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qlen 1000
    inet 127.0.0.1/8 scope host lo
       valid_lft forever preferred_lft forever
2: eth0@if2: <BROADCAST> mtu 1500 qlen 1000
    inet 10.0.0.100/24 scope global secondary proto 18 eth0
       valid_lft forever preferred_lft 98sec
# ip -j addr show | python3 -c "x"
whatever
# nft list ruleset
table ip keepalived {
	set vips {
		elements = { 10.0.0.101,
			     10.0.0.100 }
	}

	chain in {
		ip daddr @vips counter packets 3 bytes 99 drop
	}
}

== sysctl as master
ipv4/conf/eth0/arp_filter: 0 -> 1

== sysctl after stop
`

func TestSnapshots(t *testing.T) {
	t.Parallel()
	all := snapshotsOf(kernelFile)
	var titles []string
	for _, s := range all {
		titles = append(titles, s.title)
	}
	if diff := cmp.Diff([]string{"sysctl before (all=1)", "as master", "sysctl as master", "sysctl after stop"}, titles); diff != "" {
		t.Fatalf("titles (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"ip addr show", "nft list ruleset"}, all[1].commands()); diff != "" {
		t.Errorf("commands (-want +got):\n%s", diff)
	}
	want := []string{
		"as master | ip addr show | lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qlen N",
		"as master | ip addr show | lo: inet 127.0.0.1/8 scope host lo",
		"as master | ip addr show | lo: 127.0.0.1/8: valid_lft forever preferred_lft forever",
		"as master | ip addr show | eth0: <BROADCAST> mtu 1500 qlen N",
		"as master | ip addr show | eth0: inet 10.0.0.100/24 scope global secondary eth0",
		"as master | ip addr show | eth0: 10.0.0.100/24: valid_lft forever preferred_lft N",
		"as master | nft list ruleset | table ip keepalived {",
		"as master | nft list ruleset | table ip keepalived: set vips {",
		"as master | nft list ruleset | table ip keepalived: set vips: elements = { 10.0.0.100, 10.0.0.101 }",
		"as master | nft list ruleset | table ip keepalived: chain in {",
		"as master | nft list ruleset | table ip keepalived: chain in: ip daddr @vips counter packets N drop",
	}
	if diff := cmp.Diff(want, all[1].lines()); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"sysctl as master | | ipv4/conf/eth0/arp_filter: 0 -> 1"}, all[2].lines()); diff != "" {
		t.Errorf("sysctls (-want +got):\n%s", diff)
	}
}

func TestSameEverywhere(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"3: vrrp.51@eth0: <UP> mtu 1500":              "vrrp.51@eth0: <UP> mtu 1500",
		"eth0@if3         UP             10.0.0.1/24": "eth0         UP             10.0.0.1/24",
		"2:\teth0":                             "eth0",
		"500:\tfrom 198.51.100.0/24 lookup 50": "500:\tfrom 198.51.100.0/24 lookup 50",
		"link/ether 02:00:00:00:00:0a brd ff:ff link-netns ns-b promiscuity 1":      "link/ether 02:00:00:00:00:0a brd ff:ff promiscuity 1",
		"macvlan mode private bcqueuelen 1000 usedbcqueuelen 1000 addrgenmode none": "macvlan mode private addrgenmode none",
		"veth addrgenmode eui64 numtxqueues 2 numrxqueues 2":                        "veth addrgenmode eui64",
		"unicast fd08::/64 dev eth0 metric 33 expires 597sec mtu 1300 pref high":    "unicast fd08::/64 dev eth0 metric 33 expires N mtu 1300 pref high",
		"inet6 fe80::ff:fe00:a/64 scope link proto kernel_ll":                       "inet6 fe80::ff:fe00:a/64 scope link",
		"198.51.100.0/24 via 10.0.0.2 dev eth0 proto keepalived":                    "198.51.100.0/24 via 10.0.0.2 dev eth0 proto keepalived",
		"Error: Peer netns reference is invalid.":                                   "",
	} {
		if got := sameEverywhere(in); got != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
}

func TestPlace(t *testing.T) {
	t.Parallel()
	r := &Recording{Steps: []Step{
		{Do: "start keepalived a"},
		{Do: "kernel snapshot: as master"},
		{Do: "SIGTERM to the parent of a"},
		{Do: "keepalived a exited with status 0"},
	}}
	more := []snapshot{{title: "sysctl while running"}, {title: "nobody knows when"}}
	r.place(append(snapshotsOf(kernelFile), more...))
	var got [][]string
	for _, s := range r.Steps {
		var titles []string
		for _, a := range s.asked {
			titles = append(titles, a.title)
		}
		got = append(got, titles)
	}
	want := [][]string{
		{"sysctl before (all=1)"},
		{"as master", "sysctl as master"},
		{"sysctl while running"},
		{"sysctl after stop"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if len(r.Steps[0].Kernel) != 0 || len(r.Steps[1].Kernel) == 0 {
		t.Errorf("a baseline is no state: %q", r.Steps[0].Kernel)
	}
}

func TestCompareSnapshots(t *testing.T) {
	t.Parallel()
	got := compareSnapshots(2, []string{"a", "b", "b"}, []string{"c", "b", "a"})
	want := []Difference{{"kernel", "-", Item{2, "b"}}, {"kernel", "+", Item{2, "c"}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
