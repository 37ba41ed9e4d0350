// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"strings"
	"time"
)

const (
	perService     = 100
	connectTimeout = 3 * time.Second
)

// farmShape is a farm of real servers behind services of perService each.
type farmShape struct {
	servers int
	delay   time.Duration // delay_loop of the TCP_CHECK that each has
}

// config is the daemon's file. Every real server whose number is below changed has another
// weight than with changed 0; they are spread over all services.
func (s farmShape) config(changed int) string {
	var b strings.Builder
	other := s.spread(changed)
	for i := range s.servers {
		if i%perService == 0 {
			vs := i / perService
			fmt.Fprintf(&b, "virtual_server 10.8.%d.%d 80 {\n  delay_loop %g\n  lb_algo wlc\n  lb_kind NAT\n  protocol TCP\n",
				vs/250, vs%250+1, s.delay.Seconds())
		}
		weight := 100
		if other[i] {
			weight = 101
		}
		fmt.Fprintf(&b, "  real_server %s 80 {\n    weight %d\n    TCP_CHECK {\n      connect_timeout %g\n      retry 0\n    }\n  }\n",
			serverAddr(i), weight, connectTimeout.Seconds())
		if i%perService == perService-1 || i == s.servers-1 {
			b.WriteString("}\n")
		}
	}
	return b.String()
}

// spread picks n of the servers, at equal distances.
func (s farmShape) spread(n int) map[int]bool {
	picked := make(map[int]bool, n)
	for i := range n {
		picked[i*s.servers/n] = true
	}
	return picked
}

// perBlock is how many servers share the first three bytes of their address.
const perBlock = 250

// serverAddr is the address of a real server; serverNet holds all of them.
func serverAddr(i int) string {
	return fmt.Sprintf("10.%d.%d.%d", 16+i/(perBlock*perBlock), i/perBlock%perBlock, i%perBlock+1)
}

const (
	serverNet = "10.16.0.0/12"
	// failingNet holds the first failing servers.
	failingNet = "10.16.0.0/25"
	failing    = 127
)
