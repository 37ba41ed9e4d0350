// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"strings"
	"time"
)

const (
	masterAddr     = "10.9.0.1"
	backupAddr     = "10.9.0.2"
	clientAddr     = "10.9.0.9"
	masterPriority = 150
	backupPriority = 100
)

// perLink is how many instances a link has: as many as there are virtual_router_ids.
const perLink = 250

// shape is what a pair is made of.
type shape struct {
	version   int
	adv       time.Duration
	instances int // at most perLink on each link
}

// links is how many networks join the nodes.
func (s shape) links() int { return (s.instances + perLink - 1) / perLink }

// place says where the n-th instance is, counted from 1.
func place(n int) (link int, vrid uint8) { return (n - 1) / perLink, uint8((n-1)%perLink + 1) }

// vip is the virtual address of the n-th instance, counted from 1.
func vip(n int) string {
	link, vrid := place(n)
	return fmt.Sprintf("10.%d.1.%d", 9+link, vrid)
}

// nodeAddr is a node's address on a link.
func nodeAddr(link int, first string) string {
	return fmt.Sprintf("10.%d%s", 9+link, strings.TrimPrefix(first, "10.9"))
}

// vrrpConfig is a file with some instances, one address each.
func vrrpConfig(state string, priority int, s shape) string {
	var b strings.Builder
	fmt.Fprintf(&b, "global_defs {\n  router_id BENCH\n  vrrp_version %d\n}\n", s.version)
	for n := 1; n <= s.instances; n++ {
		link, vrid := place(n)
		fmt.Fprintf(&b, `vrrp_instance VI_%d {
  state %s
  priority %d
  advert_int %g
  virtual_router_id %d
  interface eth%d
  virtual_ipaddress {
    %s/16
  }
}
`, n, state, priority, s.adv.Seconds(), vrid, link, vip(n))
	}
	return b.String()
}

// serversConfig is a file with n real servers, some to a virtual server.
func serversConfig(n, perService int) string {
	var b strings.Builder
	for i := range n {
		if i%perService == 0 {
			vs := i / perService
			fmt.Fprintf(&b, "virtual_server 10.8.%d.%d 80 {\n  lb_algo wlc\n  lb_kind NAT\n  protocol TCP\n", vs/250, vs%250+1)
		}
		fmt.Fprintf(&b, "  real_server 10.%d.%d.%d 80 {\n    weight 100\n    TCP_CHECK {\n      connect_timeout 3\n    }\n  }\n",
			16+i/62_500, i/250%250, i%250+1)
		if i%perService == perService-1 || i == n-1 {
			b.WriteString("}\n")
		}
	}
	return b.String()
}

// bound is when a backup must be master after the last advert that it heard: RFC 3768 and
// RFC 9568, section 6.1.
func bound(version int, adv time.Duration) time.Duration {
	unit := time.Second
	if version == 3 {
		unit = adv
	}
	return 3*adv + (256-backupPriority)*unit/256
}
