// SPDX-License-Identifier: Apache-2.0

package lab

import (
	"os"
	"strings"
	"testing"
	"time"
)

func TestIPVSKernel(t *testing.T) {
	if !IPVS(t) {
		return
	}
	h := NewNet(t).Host("lb", "10.0.0.1/24")
	h.Run("ipvsadm", "-A", "-t", "10.0.0.100:80", "-s", "wlc")
	h.Run("ipvsadm", "-a", "-t", "10.0.0.100:80", "-r", "10.0.0.5:80", "-m", "-w", "100")
	got := h.Run("ipvsadm", "-Sn")
	want := "-A -t 10.0.0.100:80 -s wlc\n-a -t 10.0.0.100:80 -r 10.0.0.5:80 -m -w 100\n"
	if strings.ReplaceAll(got, " \n", "\n") != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestHostsReachEachOther(t *testing.T) {
	t.Parallel()
	net := NewNet(t)
	a, b := net.Host("a", "10.0.0.1/24"), net.Host("b", "10.0.0.2/24")
	arp := net.Capture()
	web := b.Web(":80")
	if got, err := a.Get("http://10.0.0.2/"); err != nil || got != "b" {
		t.Fatalf("a asks b: %q, %v", got, err)
	}
	arp.WaitARP("a asks for b's address", 5*time.Second, func(p ARP) bool {
		return p.Request && p.Sender.String() == "10.0.0.1" && p.Target.String() == "10.0.0.2"
	})
	web.Stop()
	if got, err := a.Get("http://10.0.0.2/"); err == nil {
		t.Errorf("a stopped server answered %q", got)
	}
	if _, err := os.Stat("/run/netns/" + a.NS); err != nil {
		t.Error(err)
	}
}

func TestDaemon(t *testing.T) {
	t.Parallel()
	net := NewNet(t)
	lb, client := net.Host("lb", "10.0.0.1/24"), net.Host("client", "10.0.0.9/24")
	seen := client.Capture("eth0")
	d := StartDaemon(lb, Keepalived, `
vrrp_instance VI_1 {
  state MASTER
  interface eth0
  virtual_router_id 51
  priority 255
  virtual_ipaddress {
    10.0.0.100/24
  }
}
`)
	d.WaitLine("Entering MASTER STATE", 10*time.Second)
	advert := seen.WaitAdvert("advert of lb", 5*time.Second, func(a Advert) bool { return a.VRID == 51 })
	if advert.Priority != 255 || advert.TTL() != 255 || advert.Src.String() != "10.0.0.1" {
		t.Errorf("advert %+v", advert)
	}
	seen.WaitARP("gratuitous ARP", 5*time.Second, func(p ARP) bool {
		return p.Gratuitous() && p.Sender.String() == "10.0.0.100"
	})
	if !lb.HasAddr("10.0.0.100") {
		t.Errorf("no VIP among %v", lb.Addrs())
	}
	if pid := d.RunningRole(VRRP, 0, time.Second); pid != d.PIDs()[1] {
		t.Errorf("vrrp child is %d, processes are %v", pid, d.PIDs())
	}
	if code := d.Stop(); code != 0 || lb.HasAddr("10.0.0.100") {
		t.Errorf("stopped with %d, addresses %v", code, lb.Addrs())
	}
}

func TestProbeMeasuresAnOutage(t *testing.T) {
	t.Parallel()
	net := NewNet(t)
	a, b := net.Host("a", "10.0.0.1/24"), net.Host("b", "10.0.0.2/24")
	b.Echo(7)
	p := a.Probe("10.0.0.2:7", time.Millisecond)
	p.WaitAnswer(5 * time.Second)
	b.Unplug("eth0")
	down := time.Now()
	if err := Poll(t.Context(), 100*time.Millisecond, func() error { return os.ErrDeadlineExceeded }); err == nil {
		t.Fatal("Poll gave up without an error")
	}
	b.Plug("eth0")
	p.WaitAnswer(10 * time.Second)
	p.Stop()
	if got := p.Outage(down.Add(-50 * time.Millisecond)); got < 100*time.Millisecond {
		t.Errorf("outage of %v, the cable was out for 100 ms", got)
	}
}
