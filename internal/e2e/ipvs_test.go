// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vipward/internal/lab"
)

// needIPVS builds the daemons and says whether the test goes on here, in a kernel with IPVS.
func needIPVS(t *testing.T) bool {
	t.Helper()
	lab.Vipward(t)
	lab.Keepalived(t)
	return lab.IPVS(t)
}

// service is a virtual_server at the VIP with quick checks, as text.
func service(method, sorry string, servers ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "virtual_server %s 80 {\n  delay_loop 1\n  warmup 0\n  lb_algo rr\n  lb_kind %s\n  protocol TCP\n", vip, method)
	if sorry != "" {
		fmt.Fprintf(&b, "  sorry_server %s 80\n", sorry)
	}
	for _, addr := range servers {
		fmt.Fprintf(&b, "  real_server %s 80 {\n    weight 1\n    TCP_CHECK {\n", addr)
		b.WriteString("      connect_timeout 1\n      retry 1\n      delay_before_retry 1\n    }\n  }\n")
	}
	return b.String() + "}\n"
}

// natConfigs are both nodes' files for a NAT farm: the inner VIP moves with the outer one.
func natConfigs(sorry string) [2]string {
	configs := both(instance{version: 3, advert: "0.5"})
	for i := range configs {
		configs[i] = strings.Replace(configs[i], vip+"/24\n", vip+"/24\n    "+innerVIP+"/24 dev eth1\n", 1) +
			service("NAT", sorry, "198.51.100.50", "198.51.100.60")
	}
	return configs
}

// drConfigs are both nodes' files for a DR farm.
func drConfigs() [2]string {
	configs := both(instance{version: 3, advert: "0.5"})
	for i := range configs {
		configs[i] = strings.Replace(configs[i], vip+"/24\n", vip+"/32\n", 1) +
			service("DR", sorryAddr, "192.0.2.51", "192.0.2.52")
	}
	return configs
}

// TestNAT balances real connections by NAT, follows the health of the servers, and hands
// over when the master dies under traffic.
func TestNAT(t *testing.T) {
	t.Parallel()
	if !needIPVS(t) {
		return
	}
	f := newNATFarm(t)
	f.start(twoVipwards, natConfigs("198.51.100.53"))
	f.life("-m", "198.51.100.53")
}

// TestDR does the same with direct routing.
func TestDR(t *testing.T) {
	t.Parallel()
	if !needIPVS(t) {
		return
	}
	f := newDRFarm(t)
	f.start(twoVipwards, drConfigs())
	f.life("-g", sorryAddr)
}

// life takes a farm through the failures of servers and of the master.
func (f *farm) life(method, sorry string) {
	f.t.Helper()
	head := "-A -t " + vip + ":80 -s rr"
	line := func(addr string) string { return fmt.Sprintf("-a -t %s:80 -r %s:80 %s -w 1", vip, addr, method) }

	f.waitAnswers("web1", "web2")
	for _, lb := range f.lb {
		waitTable(f.t, lb, head, line(f.webAddr[0]), line(f.webAddr[1]))
	}

	f.web[0].Stop()
	waitTable(f.t, f.lb[0], head, line(f.webAddr[1]))
	f.waitAnswers("web2")
	f.web[0].Start()
	f.waitAnswers("web1", "web2")

	f.web[0].Stop()
	f.web[1].Stop()
	waitTable(f.t, f.lb[0], head, line(sorry))
	f.waitAnswers("sorry")
	f.web[0].Start()
	f.web[1].Start()
	f.waitAnswers("web1", "web2")

	f.masterDies()
	f.waitAnswers("web1", "web2")
	mark := f.daemon[1].Mark()
	if code := f.daemon[1].Stop(); code != 0 {
		f.t.Errorf("stopped with exit status %d: %q", code, f.daemon[1].From(mark))
	}
	waitTable(f.t, f.lb[1]) // nothing is left behind
}

// masterDies cuts the master's power under traffic: the other node serves.
func (f *farm) masterDies() {
	f.t.Helper()
	tr := f.startTraffic()
	tr.wait(10)
	mark, killed := f.daemon[1].Mark(), time.Now()
	f.lb[0].UnplugAll()
	f.daemon[0].KillTree()
	f.daemon[1].WaitLineFrom(mark, `\(VI_1\) Entering MASTER STATE`, patient)
	f.waitGARP(1, killed)
	tr.wait(10)
	tr.stop()
	f.t.Logf("%d answers, the longest time without one %v", tr.answers.Load(), tr.longest.Round(time.Millisecond))
}

// TestSameTable programs one file with keepalived and with vipward: ipvsadm shows the same.
func TestSameTable(t *testing.T) {
	t.Parallel()
	if !needIPVS(t) {
		return
	}
	config := manyServices()
	run := func(kind lab.Kind) (running, stopped []string) {
		lb := lab.NewNet(t).Host("lb", nodeAddr[0]+"/24")
		d := lab.StartDaemon(lb, kind, config)
		lab.Wait(t, patient, "last entry of the table", func() error {
			if got := strings.Join(table(lb), "\n"); !strings.Contains(got, "192.0.2.77:99") {
				return fmt.Errorf("not in\n%s", got)
			}
			return nil
		})
		running = table(lb)
		if code := d.Stop(); code != 0 {
			t.Errorf("stopped with exit status %d", code)
		}
		return running, table(lb)
	}
	want, _ := run(lab.Keepalived)
	got, left := run(lab.Vipward)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("ipvsadm -Sn (-keepalived +vipward)\n%s", diff)
	}
	if len(want) < 40 {
		t.Errorf("keepalived's table has %d lines only: %q", len(want), want)
	}
	if len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
}

// manyServices is a configuration with every scheduler, method and protocol. Nothing
// answers the checks, so that the verdicts come after the comparison.
func manyServices() string {
	var b strings.Builder
	schedulers := strings.Fields("rr wrr lc wlc lblc lblcr dh sh mh sed nq fo ovf")
	for i, s := range schedulers {
		method := []string{"NAT", "DR", "TUN"}[i%3]
		fmt.Fprintf(&b, "virtual_server 192.0.2.100 %d {\n  delay_loop 60\n  warmup 60\n  lvs_sched %s\n  lvs_method %s\n", 1000+i, s, method)
		if i%2 == 0 {
			fmt.Fprintf(&b, "  persistence_timeout %d\n", 60+i)
		}
		fmt.Fprintf(&b, "  protocol %s\n", []string{"TCP", "UDP"}[i%4/2])
		for n := range 3 {
			fmt.Fprintf(&b, "  real_server 192.0.2.%d %d {\n    weight %d\n  }\n", 51+n, 1000+i, n*100)
		}
		b.WriteString("}\n")
	}
	b.WriteString(otherServices)
	b.WriteString("virtual_server 192.0.2.100 99 {\n  delay_loop 60\n  protocol TCP\n  sorry_server 192.0.2.53 99\n")
	b.WriteString("  real_server 192.0.2.51 99 {\n    TCP_CHECK {\n      warmup 60\n    }\n  }\n  real_server 192.0.2.77 99 {\n  }\n}\n")
	return b.String()
}

// otherServices are services by mark and by group, with flags, tunnels and masks. The
// IPv6 entries of a group have no mask here: keepalived 2.2.7 leaves it out for them.
const otherServices = `
virtual_server_group G1 {
  192.0.2.110 80
  192.0.2.111-113 81
  fwmark 5
}
virtual_server_group G2 {
  192.0.2.120
  192.0.2.121-192.0.2.122 443
}
virtual_server_group G6 {
  fd00::1 80
  fd00::10-12 81
}
virtual_server_group GM {
  192.0.2.130 80
  fd00::41 80
}
virtual_server group G1 {
  protocol TCP
  lvs_sched rr
  real_server 192.0.2.51 80 {
  }
  real_server 192.0.2.52 80 {
    weight 2
  }
}
virtual_server group G1 {
  protocol UDP
  lvs_sched rr
  ops
  real_server 192.0.2.53 80 {
  }
}
virtual_server group G2 {
  protocol TCP
  lvs_sched mh
  mh-port
  mh-fallback
  real_server 192.0.2.51 {
  }
}
virtual_server group G6 {
  protocol TCP
  lvs_sched sh
  sh-port
  lvs_method DR
  persistence_timeout 50
  real_server fd00::51 80 {
  }
}
virtual_server fd00::2 80 {
  protocol TCP
  persistence_granularity 64
  real_server fd00::51 80 {
  }
}
virtual_server group GM {
  protocol TCP
  lvs_sched wlc
  flag-1
  flag-3
  lvs_method TUN type gue port 6080 csum
  real_server 192.0.2.51 80 {
  }
  real_server fd00::51 80 {
    lvs_method TUN type gre nocsum
  }
}
virtual_server fwmark 1 {
  lvs_sched rr
  persistence_timeout 77
  persistence_granularity 255.255.255.0
  real_server 192.0.2.51 80 {
    uthreshold 100
    lthreshold 20
  }
}
virtual_server fwmark 2 {
  lvs_sched rr
  lvs_method DR
  real_server fd00::51 {
  }
}
virtual_server fwmark 3 {
  lvs_method TUN
  real_server 192.0.2.51 {
  }
  real_server fd00::51 {
    lvs_method TUN type gue port 6081 remcsum
  }
}
virtual_server 192.0.2.100 98 {
  protocol SCTP
  lvs_method TUN type ipip
  real_server 192.0.2.51 98 {
    lvs_method DR
  }
  real_server 192.0.2.52 98 {
  }
}
`
