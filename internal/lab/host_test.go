// SPDX-License-Identifier: Apache-2.0

package lab

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// TestLinkStates tells a pulled cable (up, no carrier) from an interface that is down.
func TestLinkStates(t *testing.T) {
	t.Parallel()
	h := NewNet(t).Host("h", "10.0.0.1/24")
	steps := []struct {
		name    string
		do      func()
		up      bool
		carrier bool
	}{
		{"new", func() {}, true, true},
		{"unplugged", func() { h.Unplug("eth0") }, true, false},
		{"plugged", func() { h.Plug("eth0") }, true, true},
		{"down", func() { h.LinkDown("eth0") }, false, false},
		{"up", func() { h.LinkUp("eth0") }, true, true},
		{"all unplugged", h.UnplugAll, true, false},
	}
	for _, step := range steps {
		step.do()
		Wait(t, patient, step.name, func() error {
			flags := h.link("eth0").Attrs().RawFlags
			up, carrier := flags&unix.IFF_UP != 0, flags&unix.IFF_RUNNING != 0
			if up != step.up || carrier != step.carrier {
				return fmt.Errorf("up %t, carrier %t", up, carrier)
			}
			return nil
		})
	}
}

func TestAddresses(t *testing.T) {
	t.Parallel()
	h := NewNet(t).Host("h", "10.0.0.1/24")
	h.SetAddrs("eth0", "10.0.0.100/32", "10.0.0.100/32") // twice is no error
	if !h.HasAddr("10.0.0.1") || !h.HasAddr("10.0.0.100") || h.HasAddr("10.0.0.2") || h.HasAddr("127.0.0.1") {
		t.Errorf("addresses %v", h.Addrs())
	}
	h.DelAddr("eth0", "10.0.0.100/32")
	if h.HasAddr("10.0.0.100") {
		t.Errorf("addresses after the removal %v", h.Addrs())
	}
	if mac := h.MAC("eth0"); len(mac) != len("02:00:00:00:00:01") {
		t.Errorf("MAC %q", mac)
	}
}

// TestRouter sends a request from one network to another through a host in both.
func TestRouter(t *testing.T) {
	t.Parallel()
	left, right := NewNet(t), NewNet(t)
	router := left.Host("router", "10.0.0.1/24")
	if name := right.Join(router, "10.0.1.1/24"); name != "eth1" {
		t.Errorf("the second interface is %q", name)
	}
	client, server := left.Host("client", "10.0.0.9/24"), right.Host("server", "10.0.1.5/24")
	client.Route("10.0.1.0/24", "10.0.0.1")
	server.Route("0.0.0.0/0", "10.0.1.1")
	web := server.Web(":80")
	router.Sysctl("net.ipv4.ip_forward", "0")
	if who, err := client.Get("http://10.0.1.5/"); err == nil {
		t.Errorf("answer %q without forwarding", who)
	}
	router.Sysctl("net.ipv4.ip_forward", "1")
	if who, err := client.Get("http://10.0.1.5/"); err != nil || who != "server" {
		t.Errorf("answer %q, %v", who, err)
	}
	if n := web.Requests(); n != 1 {
		t.Errorf("%d requests", n)
	}
}

// TestBlackhole has a part of a server's addresses fall silent and come back.
func TestBlackhole(t *testing.T) {
	t.Parallel()
	net := NewNet(t)
	client, server := net.Host("client", "10.0.0.1/24"), net.Host("server", "10.0.0.2/24")
	client.Route("10.16.0.0/16", "10.0.0.2")
	server.Run("ip", "route", "add", "local", "10.16.0.0/16", "dev", "lo")
	server.Web(":80")
	try := func(addr string) error {
		_, err := Fetch(client.Client(false, 300*time.Millisecond), "http://"+addr+"/")
		return err
	}
	server.Blackhole("10.16.0.0/25")
	if err := try("10.16.0.1"); !os.IsTimeout(err) {
		t.Errorf("a silent server: %v", err)
	}
	answers := func(addr string) {
		Wait(t, patient, addr, func() error { return try(addr) })
	}
	answers("10.16.0.129")
	server.Unblackhole("10.16.0.0/25")
	answers("10.16.0.1")
}

// TestRunReports has failing programs: what they wrote to stderr is in the error.
func TestRunReports(t *testing.T) {
	t.Parallel()
	h := newHost(t, "h")
	out, err := h.TryRun("sh", "-c", "echo out; echo why >&2; exit 4")
	if out != "out\n" || err == nil || !strings.Contains(err.Error(), "why") {
		t.Errorf("output %q, error %v", out, err)
	}
	if _, err := h.TryRun("/no/such/program"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error %v", err)
	}
}

// home is the namespace that the process began in. /proc/self tells that of one thread, which
// a test beside this one may have taken elsewhere.
var home, _ = os.Readlink("/proc/thread-self/ns/net")

// TestDoComesBack leaves the calling thread where it was, also after an error.
func TestDoComesBack(t *testing.T) {
	t.Parallel()
	h := NewNet(t).Host("h")
	sentinel := errors.New("sentinel")
	var inside bool
	err := h.Do(func() error {
		_, err := netlink.LinkByName("eth0")
		inside = err == nil
		return sentinel
	})
	if !errors.Is(err, sentinel) || !inside {
		t.Errorf("error %v, inside %t", err, inside)
	}
	if _, err := os.Stat("/proc/thread-self/ns/net"); err != nil {
		t.Fatal(err)
	}
	for range 20 { // whatever thread this runs on
		if now, err := os.Readlink("/proc/thread-self/ns/net"); err != nil || now != home {
			t.Errorf("this thread is in %s, the process began in %s: %v", now, home, err)
		}
	}
}

// TestKeepAlive tells fresh connections from kept ones by the server's end.
func TestKeepAlive(t *testing.T) {
	t.Parallel()
	net := NewNet(t)
	a, b := net.Host("a", "10.0.0.1/24"), net.Host("b", "10.0.0.2/24")
	web := b.Web("10.0.0.2:80")
	kept := a.Client(true, 2*time.Second)
	for range 3 {
		if _, err := Fetch(kept, "http://10.0.0.2/"); err != nil {
			t.Fatal(err)
		}
	}
	if out := b.Run("ss", "-Htn", "state", "established"); strings.Count(out, "\n") != 1 {
		t.Errorf("connections of a client that keeps them:\n%s", out)
	}
	web.Stop()
	if _, err := Fetch(kept, "http://10.0.0.2/"); err == nil {
		t.Error("the kept connection outlived the server")
	}
	web.Start()
	if _, err := Fetch(kept, "http://10.0.0.2/"); err != nil {
		t.Errorf("after the restart: %v", err)
	}
}
