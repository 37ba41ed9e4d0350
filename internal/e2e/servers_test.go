// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"

	"vipward/internal/lab"
)

// TestServersComeAndGo shows what happens to the table when a great many servers change at
// once, when one is taken out under a connection, when another program changes it, and when signals
// come at bad moments.
func TestServersComeAndGo(t *testing.T) {
	t.Parallel()
	if !needIPVS(t) {
		return
	}
	verify := harmTables(t)
	t.Run("drained server keeps its connection", drainKeepsConnection)
	t.Run("orders of an operator", ordersLast)
	t.Run("ten thousand at once", tenThousandAtOnce)
	t.Run("SIGHUP beside start and stop", hangUpBesideStop)
	t.Run("changes of another program", verify)
}

// drainKeepsConnection takes a server out of the file while it has a connection: no new one
// comes to it, and it goes when that one has ended.
func drainKeepsConnection(t *testing.T) {
	f := newDRFarm(t)
	config := func(node int, servers ...string) string {
		router := strings.Replace(both(instance{version: 3, advert: "0.5"})[node], vip+"/24\n", vip+"/32\n", 1)
		return router + strings.Replace(service("DR", sorryAddr, servers...), "  delay_loop 1\n", "  delay_loop 1\n  drain 600\n", 1)
	}
	f.start(twoVipwards, [2]string{config(0, "192.0.2.51", "192.0.2.52"), config(1, "192.0.2.51", "192.0.2.52")})
	f.waitAnswers("web1", "web2")
	kept := f.connect()
	for kept.who() != "web2" {
		if err := kept.conn.Close(); err != nil {
			t.Fatal(err)
		}
		kept = f.connect()
	}
	mark := f.daemon[0].Reload(config(0, "192.0.2.51"))
	f.daemon[0].WaitLineFrom(mark, `Draining service \[192\.0\.2\.52\]:tcp:80 of VS`, patient)
	draining := []string{
		"-A -t " + vip + ":80 -s rr", "-a -t " + vip + ":80 -r 192.0.2.51:80 -g -w 1", "-a -t " + vip + ":80 -r 192.0.2.52:80 -g -w 0",
	}
	waitTable(t, f.lb[0], draining...)
	f.waitAnswers("web1")
	kept.ask("web2")
	if err := sameTable(f.lb[0], draining); err != nil {
		t.Error(err)
	}
	if err := kept.conn.Close(); err != nil {
		t.Fatal(err)
	}
	f.daemon[0].WaitLineFrom(mark, `Drained service \[192\.0\.2\.52\]:tcp:80 of VS`, patient)
	waitTable(t, f.lb[0], draining[:2]...)
}

// unchecked is a service with two servers that nobody checks.
const unchecked = `virtual_server ` + vip + ` 80 {
  lb_algo rr
  lb_kind NAT
  protocol TCP
  real_server 192.0.2.51 80 {
  }
  real_server 192.0.2.52 80 {
  }
}
`

// ordersLast puts one server into maintenance and gives the other another weight. That lasts over a
// crash of the checker child and a restart of the daemon, until it is taken back. So does a pause of
// the checks of both.
func ordersLast(t *testing.T) {
	p := newPair(t)
	lb := p.lb[0]
	dir, err := os.MkdirTemp("/run", "vw-") // a socket's path must be short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	config := "global_defs {\n  server_state_file " + dir + "/servers.json\n}\n" + unchecked
	d := lab.StartDaemon(lb, lab.Vipward, config, "--control="+dir+"/socket")
	virtual, one, two := "-A -t "+vip+":80 -s rr", "-a -t "+vip+":80 -r 192.0.2.51:80 -m -w 1", "-a -t "+vip+":80 -r 192.0.2.52:80 -m -w 1"
	waitTable(t, lb, virtual, one, two)
	order := func(words ...string) {
		t.Helper()
		d.WaitLine(`Startup complete`, patient)
		if out, err := lb.TryRun(append([]string{lab.Vipward(t), words[0], "--control=" + dir + "/socket"}, words[1:]...)...); err != nil {
			t.Fatalf("vipward %s: %v\n%s", strings.Join(words, " "), err, out)
		}
	}
	order("maintenance", "192.0.2.51:80", "on")
	order("weight", "192.0.2.52:80", "7")
	order("pause", "--service="+vip+":80")
	seven := strings.Replace(two, "-w 1", "-w 7", 1)
	waitTable(t, lb, virtual, seven)
	dead := d.KillRole(lab.Checker)
	d.RunningRole(lab.Checker, dead, patient)
	waitTable(t, lb, virtual, seven)
	d.Stop()
	waitTable(t, lb)
	d.Start()
	waitTable(t, lb, virtual, seven)
	order("maintenance", "192.0.2.51:80", "off")
	order("drain", "192.0.2.52:80")
	waitTable(t, lb, virtual, one, strings.Replace(two, "-w 1", "-w 0", 1))
	order("undrain", "192.0.2.52:80")
	paused := func(want int) {
		t.Helper()
		status := lb.Run(lab.Vipward(t), "status", "--control="+dir+"/socket")
		if n := strings.Count(status, "UP PAUSED"); n != want {
			t.Errorf("checks of %d servers are paused, want %d:\n%s", n, want, status)
		}
	}
	paused(2)
	order("resume", "--service="+vip+":80")
	paused(0)
	waitTable(t, lb, virtual, one, two)
	d.Stop()
}

const (
	crowds     = 10
	crowd      = 1000 // of each
	healthPort = 8099
)

// crowdedConfig is a router with 10,000 real servers. One probe tells about all of them, so they
// fail and return at the same moment.
func crowdedConfig() string {
	var b strings.Builder
	b.WriteString(both(instance{version: 3, advert: "0.5"})[0])
	b.WriteString("global_defs {\n  shared_probes\n}\n")
	for vs := range crowds {
		fmt.Fprintf(&b, "virtual_server 10.9.%d.1 80 {\n  delay_loop 1\n  lb_algo rr\n  lb_kind NAT\n  protocol TCP\n", vs)
		for rs := range crowd {
			fmt.Fprintf(&b, "  real_server 10.%d.%d.%d 80 {\n    TCP_CHECK {\n      connect_ip 192.0.2.11\n      connect_port %d\n"+
				"      retry 0\n      warmup 0\n    }\n  }\n", 20+vs, rs/250, rs%250+1, healthPort)
		}
		b.WriteString("}\n")
	}
	return b.String()
}

// inTable waits until so many real servers are in the table.
func inTable(t *testing.T, h *lab.Host, want int) {
	t.Helper()
	lab.Wait(t, 6*patient, fmt.Sprintf("%d real servers", want), func() error {
		if n := strings.Count(h.Run("ipvsadm", "-S", "-n"), "-a "); n != want {
			return fmt.Errorf("%d are in the table", n)
		}
		return nil
	})
}

// tenThousandAtOnce lets all of 10,000 servers fail at the same moment and return at
// the same moment, kills the checker child meanwhile, and stops.
func tenThousandAtOnce(t *testing.T) {
	const all = crowds * crowd
	p := newPair(t)
	health := p.lb[0].Web(fmt.Sprintf(":%d", healthPort))
	p.start(twoVipwards, [2]string{crowdedConfig(), both(instance{version: 3, advert: "0.5"})[1]})
	inTable(t, p.lb[0], all)
	p.daemon[0].WaitLine(`TCP connection to \[10\.20\.0\.1\]:tcp:80 success`, 2*patient)
	backup, mark := p.daemon[1].Mark(), p.daemon[0].Mark()

	health.Stop()
	inTable(t, p.lb[0], 0)
	p.daemon[0].WaitLineFrom(mark, `VS \[10\.9\.9\.1\]:tcp:80: 0 of 1000 real servers alive, quorum down`, patient)
	health.Start()
	inTable(t, p.lb[0], all)
	p.daemon[0].WaitLineFrom(mark, `VS \[10\.9\.9\.1\]:tcp:80: 1000 of 1000 real servers alive, quorum up`, patient)
	if n := p.daemon[0].Count(mark, `.`); n > 6000 {
		t.Errorf("%d lines about it", n)
	}

	mark = p.daemon[0].Mark()
	dead := p.daemon[0].KillRole(lab.Checker)
	p.daemon[0].RunningRole(lab.Checker, dead, patient)
	p.daemon[0].WaitLineFrom(mark, `Activating healthchecker for service \[10\.29\.`, 2*patient)
	inTable(t, p.lb[0], all)
	if n := p.daemon[0].Count(mark, `Removing|Gained|Lost|success`); n != 0 {
		t.Errorf("the successor tells of %d changes", n)
	}
	if n := p.daemon[1].Count(backup, `Entering \w+ STATE`); n != 0 {
		t.Errorf("the backup changed its state %d times meanwhile", n)
	}
	p.daemon[0].Stop()
	if left := p.lb[0].Run("ipvsadm", "-S", "-n"); left != "" {
		t.Errorf("%d lines are left in the table after the stop", strings.Count(left, "\n"))
	}
}

// hangUpBesideStop sends SIGHUP while the daemon starts and right before and after the
// signal to stop: nothing is left in the table.
func hangUpBesideStop(t *testing.T) {
	p := newPair(t)
	for _, signals := range [][]syscall.Signal{
		{syscall.SIGHUP, syscall.SIGTERM},
		{syscall.SIGTERM, syscall.SIGHUP, syscall.SIGHUP},
		{syscall.SIGHUP, syscall.SIGHUP, syscall.SIGTERM, syscall.SIGHUP},
	} {
		d := lab.StartDaemon(p.lb[0], lab.Vipward, unchecked)
		d.WaitLine(`Initializing ipvs`, patient)
		d.Signal(syscall.SIGHUP) // maybe before the child is ready
		d.WaitLine(`Reload complete`, patient)
		waitTable(t, p.lb[0], "-A -t "+vip+":80 -s rr", "-a -t "+vip+":80 -r 192.0.2.51:80 -m -w 1", "-a -t "+vip+":80 -r 192.0.2.52:80 -m -w 1")
		parent := d.RolePID(lab.Parent)
		for _, sig := range signals {
			_ = syscall.Kill(parent, sig) // it may have ended by now
		}
		if status := d.Wait(patient); status != 0 {
			t.Errorf("%v: exit status %d", signals, status)
		}
		if left := table(p.lb[0]); len(left) > 0 {
			t.Errorf("%v: left in the table: %q", signals, left)
		}
	}
}
