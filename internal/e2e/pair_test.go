// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"vipward/internal/lab"
)

const (
	vip     = "192.0.2.100"
	echo    = 7007
	patient = 20 * time.Second // for what takes a few seconds on a quiet machine
)

// nodeAddr are the addresses of the two nodes.
var nodeAddr = [2]string{"192.0.2.11", "192.0.2.12"}

// pair is two load balancers and a client on one network.
type pair struct {
	t      *testing.T
	net    *lab.Net
	lb     [2]*lab.Host
	client *lab.Host
	seen   *lab.Capture // what the client hears
	wire   *lab.Capture // all that crosses the switch
	daemon [2]*lab.Daemon
}

// newPair makes the hosts; the nodes answer UDP at every address.
func newPair(t *testing.T) *pair {
	t.Helper()
	p := &pair{t: t, net: lab.NewNet(t)}
	for i, addr := range nodeAddr {
		p.lb[i] = p.net.Host(fmt.Sprintf("lb%d", i+1), addr+"/24")
		p.lb[i].Echo(echo)
	}
	p.client = p.net.Host("client", "192.0.2.9/24")
	p.seen, p.wire = p.client.Capture("eth0"), p.net.Capture()
	return p
}

// start starts both daemons and waits until the first node is master and the second backup.
func (p *pair) start(kinds [2]lab.Kind, configs [2]string, options ...string) {
	p.t.Helper()
	for i := range p.lb {
		p.daemon[i] = lab.StartDaemon(p.lb[i], kinds[i], configs[i], options...)
	}
	p.daemon[1].WaitLine(`Entering BACKUP STATE`, patient)
	p.daemon[0].WaitLine(`Entering MASTER STATE`, patient)
	p.waitHolder(0)
}

// waitHolder waits until the VIP is on one node and not on the other.
func (p *pair) waitHolder(node int) {
	p.t.Helper()
	lab.Wait(p.t, patient, p.lb[node].Name+" alone has the VIP", func() error {
		switch {
		case !p.lb[node].HasAddr(vip):
			return errors.New("it has not")
		case p.lb[1-node].HasAddr(vip):
			return errors.New("the other one has it too")
		}
		return nil
	})
}

// waitGARP waits until the client heard, after a moment, that the VIP is at a node.
func (p *pair) waitGARP(node int, since time.Time) {
	p.t.Helper()
	mac := p.lb[node].MAC("eth0")
	p.seen.WaitARP("gratuitous ARP of "+p.lb[node].Name, patient, func(a lab.ARP) bool {
		return a.Gratuitous() && a.Request && a.Sender.String() == vip && a.SenderMAC.String() == mac &&
			a.EtherDst.String() == "ff:ff:ff:ff:ff:ff" && a.Time.After(since)
	})
}

// speakers are the senders of adverts, each run of one sender once. Farewells (priority 0)
// do not count.
func speakers(adverts []lab.Advert) []netip.Addr {
	var who []netip.Addr
	for _, a := range adverts {
		if a.Priority > 0 {
			who = append(who, a.Src)
		}
	}
	return slices.Compact(who)
}

// instance is a vrrp_instance of one node, as text.
type instance struct {
	node    int
	version int    // default 2
	advert  string // default 1
	unicast bool
	extra   string // further lines of the block
	global  string // further lines of global_defs
	before  string // further blocks
}

// priorities are those of the two nodes.
var priorities = [2]int{150, 100}

func (v instance) String() string {
	var b strings.Builder
	version, advert := max(v.version, 2), v.advert
	if advert == "" {
		advert = "1"
	}
	fmt.Fprintf(&b, "global_defs {\n  router_id LB%d\n  enable_script_security\n  script_user root\n%s}\n%s\n",
		v.node+1, v.global, v.before)
	fmt.Fprintf(&b, "vrrp_instance VI_1 {\n  state %s\n  priority %d\n  interface eth0\n  virtual_router_id 51\n",
		[]string{"MASTER", "BACKUP"}[v.node], priorities[v.node])
	fmt.Fprintf(&b, "  version %d\n  advert_int %s\n", version, advert)
	if v.unicast {
		fmt.Fprintf(&b, "  unicast_src_ip %s/24\n  unicast_peer {\n    %s/24\n  }\n", nodeAddr[v.node], nodeAddr[1-v.node])
	}
	if version == 2 {
		b.WriteString("  authentication {\n    auth_type PASS\n    auth_pass d0ck3r\n  }\n")
	}
	fmt.Fprintf(&b, "  virtual_ipaddress {\n    %s/24\n  }\n%s}\n", vip, v.extra)
	return b.String()
}

// both gives the configurations of both nodes from that of the first.
func both(v instance) [2]string {
	second := v
	second.node = 1
	return [2]string{v.String(), second.String()}
}

var twoVipwards = [2]lab.Kind{lab.Vipward, lab.Vipward}
