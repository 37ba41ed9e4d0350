// SPDX-License-Identifier: Apache-2.0

package views

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"time"

	"vipward/checker"
	"vipward/conf"
	"vipward/control/page"
	"vipward/ipvs"
	"vipward/vrrp"
	"vipward/watchdog"
)

// night is a node with some work, at an hour when two things go wrong.
type night struct {
	start time.Time
	rand  *rand.Rand
	look  *page.Look
}

// newNight makes a night. Its numbers are the same in each run, but for the time of day.
func newNight() *night {
	n := &night{start: time.Now().Truncate(time.Second), rand: rand.New(rand.NewPCG(3, 0))}
	n.look = &page.Look{
		Host: "lb1", Version: "1.0.0", At: n.start, Config: "/etc/keepalived/keepalived.conf",
		Daemon: watchdog.Status{
			Phase: watchdog.Running, PID: 1047, Started: n.ago(76 * time.Hour),
			Processes: []watchdog.ProcessStatus{
				{Role: watchdog.VRRP, PID: 1053, Started: n.ago(76 * time.Hour), Ready: true},
				{Role: watchdog.Checker, PID: 1052, Started: n.ago(76 * time.Hour), Ready: true},
			},
		},
		VRRP: n.vrrp(), Checker: n.checker(),
	}
	return n
}

func (n *night) ago(d time.Duration) time.Time { return n.start.Add(-d) }

func (n *night) vrrp() *vrrp.Status {
	since := n.ago(26*time.Hour + 11*time.Minute)
	vi := func(name, state string, vrid uint8, priority int, addresses ...string) vrrp.InstanceStatus {
		v := vrrp.InstanceStatus{
			Name: name, State: state, Since: since, Interface: "bond0", VRID: vrid, Configured: uint8(priority), Priority: uint8(priority), Interval: 1,
			History: []vrrp.Change{{At: since, From: "BACKUP", To: state, Why: "received no advert of the master for 3.6 s"}},
		}
		for _, a := range addresses {
			v.VIPs = append(v.VIPs, vrrp.AddressStatus{Address: netip.MustParsePrefix(a), Device: "bond0", Set: state == "MASTER"})
		}
		return v
	}
	list := []vrrp.InstanceStatus{
		vi("VI_WEB", "MASTER", 51, 150, "192.0.2.100/24", "192.0.2.101/24"),
		vi("VI_WEB6", "MASTER", 52, 150, "2001:db8::100/64"),
		vi("VI_DB", "BACKUP", 61, 90, "198.51.100.100/24"),
	}
	list[0].Group, list[1].Group = "EDGE", "EDGE"
	list[0].Priority = 155
	list[2].Master = &vrrp.MasterStatus{Address: netip.MustParseAddr("198.51.100.12"), Priority: 150}
	list[2].History[0].Why = "198.51.100.12 advertises a higher priority"
	return &vrrp.Status{At: n.start, Instances: list, Groups: []vrrp.GroupStatus{{Name: "EDGE", State: "MASTER", Members: []string{"VI_WEB", "VI_WEB6"}}}}
}

func (n *night) checker() *checker.View {
	v := &checker.View{At: n.start, Operations: 412, Probes: checker.ProbesView{Checks: 17, Limit: 64, Late: 0.018}}
	v.Virtuals = []checker.VirtualView{
		n.service("192.0.2.100:443", "tcp", "wlc", "HTTP_GET", 18211904, 1400, 3, "10.20.0.11:443", "10.20.0.12:443", "10.20.0.13:443", "10.20.0.14:443"),
		n.service("192.0.2.100:80", "tcp", "wrr", "TCP_CHECK", 992310, 60, 0.6, "10.20.0.11:80", "10.20.0.12:80", "10.20.0.13:80", "10.20.0.14:80"),
		n.service("[2001:db8::100]:443", "tcp", "wlc", "SSL_GET", 3200451, 210, 9, "[2001:db8:20::11]:443", "[2001:db8:20::12]:443", "[2001:db8:20::13]:443"),
		n.service("192.0.2.101:25", "tcp", "rr", "SMTP_CHECK", 40211, 7, 40, "10.20.1.5:25", "10.20.1.6:25"),
		n.service("192.0.2.101:53", "udp", "rr", "DNS_CHECK", 7750122, 0, 1.2, "10.20.1.7:53", "10.20.1.8:53"),
	}
	https, smtp := &v.Virtuals[0], &v.Virtuals[3]
	down(&https.Reals[2], "Connection refused", n.ago(3*time.Minute+12*time.Second))
	https.Live = 30
	for i := range smtp.Reals {
		down(&smtp.Reals[i], "Timeout connecting", n.ago(time.Duration(41+20*i)*time.Second))
	}
	smtp.Up, smtp.Live, smtp.Since = false, 0, n.ago(41*time.Second)
	drained := &v.Virtuals[1].Reals[3]
	drained.Order, drained.Weight, drained.Load.Active = &checker.Order{Hold: checker.HoldDrain}, 0, 3
	v.Virtuals[1].Live = 30
	return v
}

// service is a virtual server whose real servers answer after some milliseconds.
func (n *night) service(name, protocol, scheduler, check string, connections uint64, active int, ms float64, reals ...string) checker.VirtualView {
	vs := checker.VirtualView{
		Name: name + " " + protocol, Service: name, Protocol: protocol, Scheduler: scheduler, Method: conf.NAT, Up: true, Since: n.ago(76 * time.Hour),
		Quorum: 1, Live: int64(10 * len(reals)), Counters: &ipvs.Counters{Connections: connections},
	}
	for _, r := range reals {
		at := netip.MustParseAddrPort(r)
		rs := checker.RealView{
			Name: r, Address: at, Method: conf.NAT, Alive: true, Since: n.ago(76 * time.Hour), InTable: true, Weight: 10, Configured: 10,
			Load:     &ipvs.Load{Active: uint32(active + n.rand.IntN(active/8+1)), Inactive: uint32(n.rand.IntN(active/2 + 1))},
			Counters: &ipvs.Counters{Connections: connections / uint64(len(reals))},
			Checks:   []checker.CheckView{{Kind: check, Target: at, Up: true, Ran: true, Delay: 5, Streak: 900}},
		}
		set(&rs.Checks[0].Latency, ms/1000)
		vs.Reals = append(vs.Reals, rs)
	}
	return vs
}

func set[T ~float64](p *T, v float64) { *p = T(v) }

// down takes a server down.
func down(rs *checker.RealView, why string, since time.Time) {
	rs.Alive, rs.InTable, rs.Since, rs.Load = false, false, since, &ipvs.Load{}
	rs.Checks[0].Up, rs.Checks[0].Why, rs.Checks[0].Since = false, why, since
}

// at gives the night as it was some seconds before its end: servers that are down now
// answered before, and each answer takes its own time.
func (n *night) at(before time.Duration) *page.Look {
	l, v := *n.look, *n.look.Checker
	l.Checker, v.At = &v, n.ago(before)
	v.Virtuals = append([]checker.VirtualView(nil), v.Virtuals...)
	for i := range v.Virtuals {
		vs := &v.Virtuals[i]
		vs.Reals = append([]checker.RealView(nil), vs.Reals...)
		for j := range vs.Reals {
			rs := &vs.Reals[j]
			c := rs.Checks[0]
			c.Began = v.At
			set(&c.Latency, float64(c.Latency)*(0.8+0.5*n.rand.ExpFloat64()*n.rand.Float64()))
			rs.Alive = rs.Alive || v.At.Before(rs.Since)
			rs.Checks = []checker.CheckView{c}
		}
	}
	return &l
}

// goesOn lets a state go on: clients come and go.
func (n *night) goesOn(l *page.Look) func() *page.Look {
	return func() *page.Look {
		now, v := *l, *l.Checker
		now.Checker, now.At = &v, time.Now()
		v.At, v.Virtuals = now.At, append([]checker.VirtualView(nil), v.Virtuals...)
		for i := range v.Virtuals {
			c := *v.Virtuals[i].Counters
			c.Connections += c.Connections / 86400 * uint64(now.At.Sub(n.start).Seconds())
			v.Virtuals[i].Counters = &c
		}
		return &now
	}
}

// events are what the night had, oldest first: how long before its end, tone and text.
func (n *night) events() []event {
	list := []struct {
		before     time.Duration
		tone, text string
	}{
		{26*time.Hour + 12*time.Minute, "", "VI_WEB: MASTER -> BACKUP, priority 1: an operator made it rest"},
		{26*time.Hour + 11*time.Minute, "good", "VI_WEB: BACKUP -> MASTER, priority 155: received no advert of the master for 3.6 s"},
		{26*time.Hour + 11*time.Minute, "good", "sync group EDGE: MASTER"},
		{49 * time.Minute, "", "reload done in 14 ms"},
		{48 * time.Minute, "", "uid 0 (pid 20771, vipward): drain 10.20.0.14:80: done"},
		{3*time.Minute + 12*time.Second, "bad", "real server 10.20.0.13:443 of 192.0.2.100:443 tcp: DOWN: Connection refused"},
		{61 * time.Second, "bad", "real server 10.20.1.6:25 of 192.0.2.101:25 tcp: DOWN: Timeout connecting"},
		{41 * time.Second, "bad", "real server 10.20.1.5:25 of 192.0.2.101:25 tcp: DOWN: Timeout connecting"},
		{41 * time.Second, "bad", "virtual server 192.0.2.101:25 tcp: quorum DOWN"},
	}
	var out []event
	for i, e := range list {
		out = append(out, event{i + 1, n.ago(e.before), e.tone, e.text})
	}
	return out
}

// crowd is a node with very many servers, of which few are down.
func crowd(virtuals, reals int) *page.Look {
	n := newNight()
	v := n.look.Checker
	v.Virtuals = nil
	for i := range virtuals {
		var list []string
		for j := range reals {
			list = append(list, fmt.Sprintf("10.%d.%d.%d:80", 100+i/250, i%250, j+1))
		}
		vs := n.service(fmt.Sprintf("172.16.%d.%d:80", i/250, i%250), "tcp", "rr", "TCP_CHECK", 1000, 8, 2, list...)
		v.Virtuals = append(v.Virtuals, vs)
	}
	down(&v.Virtuals[virtuals-7].Reals[1], "No route to host", n.ago(time.Minute))
	n.look.At, v.At = n.start, n.start
	return n.look
}
