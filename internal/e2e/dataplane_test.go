// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"vipward/internal/lab"
)

// plane is a director, a client, and servers on both sides of the director: web1 to web3 on
// a network of their own behind it, for NAT, and near on the client's network, for the
// methods by which answers go past the director.
type plane struct {
	t        *testing.T
	director *lab.Host
	client   *lab.Host
	web      []*lab.Host
	near     *lab.Host
	daemon   *lab.Daemon
}

const (
	nearAddr, nearAddr6     = "192.0.2.61", "fd00::61"
	strictAddr              = "192.0.2.62" // near has it too
	webNet, webNet6         = "198.51.100", "fd01:"
	schedulerPort           = 1000 // of the first scheduler at the VIP
	persistentPort, wayPort = 900, 80
)

// webAddr is the address of the n-th server behind the director, from 1.
func webAddr(n int) string  { return fmt.Sprintf("%s.5%d", webNet, n) }
func webAddr6(n int) string { return fmt.Sprintf("%s:5%d", webNet6, n) }

func newPlane(t *testing.T) *plane {
	t.Helper()
	outer, inner := lab.NewNet(t), lab.NewNet(t)
	p := &plane{t: t, director: outer.Host("lb", nodeAddr[0]+"/24", "fd00::11/64"), client: outer.Host("client", "192.0.2.9/24", "fd00::9/64")}
	inner.Join(p.director, webNet+".1/24", webNet6+":1/64")
	p.director.Sysctl("net.ipv4.ip_forward", "1")
	p.director.Sysctl("net.ipv6.conf.all.forwarding", "1")
	for n := 1; n <= 3; n++ {
		h := inner.Host(fmt.Sprintf("web%d", n), webAddr(n)+"/24", webAddr6(n)+"/64")
		h.Run("ip", "route", "add", "default", "via", webNet+".1")
		h.Run("ip", "-6", "route", "add", "default", "via", webNet6+":1")
		h.Names(wayPort)
		h.Web(":8080")
		p.web = append(p.web, h)
	}
	p.near = outer.Host("near", nearAddr+"/24", strictAddr+"/24", nearAddr6+"/64")
	p.near.Names(wayPort)
	p.clientAddrs()
	return p
}

// moreClients is how many further addresses the client has, from 192.0.2.201 on.
const moreClients = 20

func clientAddr(n int) netip.Addr { return netip.MustParseAddr(fmt.Sprintf("192.0.2.%d", 201+n)) }

func (p *plane) clientAddrs() {
	for n := range moreClients {
		p.client.SetAddrs("eth0", clientAddr(n).String()+"/24")
	}
}

// start starts the daemon and waits until the table has a line.
func (p *plane) start(config, line string) {
	p.t.Helper()
	p.daemon = lab.StartDaemon(p.director, lab.Vipward, config, "-C")
	p.waitLine(line)
}

// waitLine waits until the table has a line of ipvsadm -Sn.
func (p *plane) waitLine(line string) {
	p.t.Helper()
	lab.Wait(p.t, patient, "line "+line, func() error {
		got := strings.Join(table(p.director), "\n") + "\n"
		if !strings.Contains(got, line+"\n") {
			return fmt.Errorf("not in\n%s", got)
		}
		return nil
	})
}

// ask opens connections from the client and counts who answers.
func (p *plane) ask(from netip.Addr, to string, n int) []string {
	p.t.Helper()
	names, err := p.client.Ask(from, netip.MustParseAddrPort(to), n)
	if err != nil {
		p.t.Fatal(err)
	}
	return names
}

// tally counts each name.
func tally(names []string) map[string]int {
	counts := map[string]int{}
	for _, n := range names {
		counts[n]++
	}
	return counts
}

// TestDataPlane sends real connections through what vipward programs, in every way that
// the kernel knows.
func TestDataPlane(t *testing.T) {
	t.Parallel()
	if !needIPVS(t) {
		return
	}
	t.Run("schedulers", testSchedulers)
	t.Run("methods", testMethods)
	t.Run("persistence", testPersistence)
	t.Run("drain", testDrain)
	t.Run("connection sync", testConnectionSync)
}
