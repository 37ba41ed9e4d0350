// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"time"

	"vipward/internal/lab"
)

const (
	vip     = "192.0.2.100"
	gateway = "198.51.100.1" // the servers' way out, on the node that holds the VIP
)

// servers are the hosts behind the nodes.
var servers = map[string]string{"web1": "198.51.100.51", "web2": "198.51.100.52", "sorry": "198.51.100.59"}

// stage is the set: a street with the client and both nodes, a yard with the servers.
type stage struct {
	*timeline
	t        lab.TB
	lb1, lb2 *node
	web      map[string]*lab.Web
	traffic  *traffic
}

// node is a load balancer.
type node struct {
	*lab.Daemon
	host *lab.Host
	conf config
}

// newStage builds the set and starts the nodes.
func newStage(t lab.TB, kind lab.Kind, out io.Writer) *stage {
	street, yard := lab.NewNet(t), lab.NewNet(t)
	s := &stage{t: t, web: map[string]*lab.Web{}}
	for name, addr := range servers {
		h := yard.Host(name, addr+"/24")
		h.Route("0.0.0.0/0", gateway)
		s.web[name] = h.Web(":80")
	}
	client := street.Host("client", "192.0.2.9/24")
	s.timeline = &timeline{out: out, start: time.Now()}
	s.lb1 = startNode(street, yard, kind, "lb1", config{state: "MASTER", priority: 150, weight: 1, last: 11})
	s.lb2 = startNode(street, yard, kind, "lb2", config{state: "BACKUP", priority: 100, weight: 1, last: 12})
	s.traffic = startTraffic(t, client, "http://"+vip+"/")
	return s
}

func startNode(street, yard *lab.Net, kind lab.Kind, name string, conf config) *node {
	h := street.Host(name, fmt.Sprintf("192.0.2.%d/24", conf.last))
	yard.Join(h, fmt.Sprintf("198.51.100.%d/24", conf.last))
	h.Sysctl("net.ipv4.ip_forward", "1")
	return &node{Daemon: lab.StartDaemon(h, kind, conf.text()), host: h, conf: conf}
}

// config is what a node's file depends on.
type config struct {
	state    string
	priority int
	weight   int // of web2
	last     int // byte of the node's own addresses
	broken   bool
}

// text is the node's keepalived.conf.
func (c config) text() string {
	priority := fmt.Sprintf("priority %d", c.priority)
	if c.broken {
		priority = "priority"
	}
	return fmt.Sprintf(`vrrp_instance VI_1 {
  state %s
  %s
  advert_int 1
  virtual_router_id 51
  interface eth0
  virtual_ipaddress {
    %s/24
    %s/24 dev eth1
  }
}

virtual_server %s 80 {
  delay_loop 1
  lb_algo wrr
  lb_kind NAT
  protocol TCP
  sorry_server 198.51.100.59 80

  real_server 198.51.100.51 80 {
    weight 1
    TCP_CHECK {
      connect_timeout 1
    }
  }
  real_server 198.51.100.52 80 {
    weight %d
    TCP_CHECK {
      connect_timeout 1
    }
  }
}
`, c.state, priority, vip, gateway, vip, c.weight)
}
