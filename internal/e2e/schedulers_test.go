// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
)

// weights are those of web1 to web3 in the test of schedulers: they sum up to the number of
// its connections. Those that hash get a hundredth, since sh spreads weights, as they are,
// over a table of 256 places.
var weights = [3]int{200, 500, 300}

const connections = 1000

// scheduler is what one of the kernel's schedulers does with connections of one client that
// all stay open.
type scheduler struct {
	name, flags string
	want        [3]int // for web1 to web3
	tolerance   int
	// first is how many go to one server at the beginning, where the shares follow
	// from hashes or from load that has grown.
	first int
}

var schedulers = []scheduler{
	{name: "rr", want: [3]int{333, 333, 333}, tolerance: 5},
	{name: "wrr", want: weights, tolerance: 40},
	{name: "lc", want: [3]int{333, 333, 333}, tolerance: 40},
	{name: "wlc", want: weights, tolerance: 40},
	{name: "sed", want: weights, tolerance: 40},
	{name: "nq", want: weights, tolerance: 40},
	{name: "fo", want: [3]int{0, connections, 0}},
	{name: "ovf", want: weights, tolerance: 40}, // a server gets as many as its weight
	{name: "sh", flags: "sh-port", want: weights, tolerance: 120},
	{name: "mh", flags: "mh-port", want: weights, tolerance: 120},
	{name: "sh", first: connections},
	{name: "mh", first: connections},
	{name: "dh", first: connections},
	{name: "lblc", first: 100},
	{name: "lblcr", first: 100},
}

func (s scheduler) hashes() bool { return slices.Contains([]string{"sh", "mh", "dh"}, s.name) }

// config is a service with the scheduler at a port.
func (s scheduler) config(port int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "virtual_server %s %d {\n  protocol TCP\n  lvs_sched %s\n  %s\n", vip, port, s.name, s.flags)
	for i, w := range weights {
		if s.hashes() {
			w /= 100
		}
		fmt.Fprintf(&b, "  real_server %s %d {\n    weight %d\n  }\n", webAddr(i+1), wayPort, w)
	}
	return b.String() + "}\n"
}

// wrong says what is not as it should be.
func (s scheduler) wrong(names []string) error {
	got := tally(names)
	if s.first > 0 {
		if one := tally(names[:s.first]); len(one) != 1 {
			return fmt.Errorf("the first %d went to %v", s.first, one)
		}
		return nil
	}
	for i, want := range s.want {
		if n := got[fmt.Sprintf("web%d", i+1)]; n < want-s.tolerance || n > want+s.tolerance {
			return fmt.Errorf("shares %v, want %v +- %d", got, s.want, s.tolerance)
		}
	}
	return nil
}

// testSchedulers makes 1,000 connections by each scheduler and looks who got them.
func testSchedulers(t *testing.T) {
	p := newPlane(t)
	p.director.SetAddrs("eth0", vip+"/24")
	var config strings.Builder
	for i, s := range schedulers {
		config.WriteString(s.config(schedulerPort + i))
	}
	p.start(config.String(), fmt.Sprintf("-a -t %s:%d -r %s:80 -m -w 300", vip, schedulerPort+len(schedulers)-1, webAddr(3)))
	for i, s := range schedulers {
		if err := s.wrong(p.ask(netip.Addr{}, fmt.Sprintf("%s:%d", vip, schedulerPort+i), connections)); err != nil {
			t.Errorf("%s %s: %v in\n%s", s.name, s.flags, err, strings.Join(table(p.director), "\n"))
		}
	}
	for _, name := range []string{"sh", "mh"} {
		i := slices.IndexFunc(schedulers, func(s scheduler) bool { return s.name == name && s.flags == "" })
		p.hashesSources(name, fmt.Sprintf("%s:%d", vip, schedulerPort+i))
	}
}

// hashesSources looks that each client is always served by the same server, and clients by
// different ones.
func (p *plane) hashesSources(name, to string) {
	p.t.Helper()
	used := map[string]int{}
	for n := range moreClients {
		got := tally(p.ask(clientAddr(n), to, 3))
		if len(got) != 1 {
			p.t.Errorf("%s: %v is served by %v", name, clientAddr(n), got)
		}
		for server := range got {
			used[server]++
		}
	}
	if len(used) < 2 {
		p.t.Errorf("%s: all clients are served by %v", name, used)
	}
}
