// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"vipward/internal/lab"
)

// balanced is a service by rr with servers behind the director, given as "1" or "2 weight 0".
func balanced(port, target int, protocol, options string, servers ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "virtual_server %s %d {\n  protocol %s\n  lvs_sched rr\n  %s\n", vip, port, protocol, options)
	for _, s := range servers {
		n, rest, _ := strings.Cut(s, " ")
		fmt.Fprintf(&b, "  real_server %s.5%s %d {\n    %s\n  }\n", webNet, n, target, rest)
	}
	return b.String() + "}\n"
}

// testPersistence looks that a client stays with its server, by TCP and UDP, that another
// client is balanced by itself, and that the client is balanced anew when the time is over.
func testPersistence(t *testing.T) {
	p := newPlane(t)
	p.director.SetAddrs("eth0", vip+"/24")
	config := "global_defs {\n  lvs_timeouts tcp 900 tcpfin 1 udp 1\n}\n" +
		balanced(persistentPort, wayPort, "TCP", "persistence_timeout 300", "1", "2", "3") +
		balanced(persistentPort, wayPort, "UDP", "persistence_timeout 2", "1", "2", "3")
	p.start(config, fmt.Sprintf("-a -u %s:%d -r %s:80 -m -w 1", vip, persistentPort, webAddr(3)))
	at := netip.MustParseAddrPort(fmt.Sprintf("%s:%d", vip, persistentPort))
	used := map[string]bool{}
	for n := range 3 {
		got := tally(p.ask(clientAddr(n), at.String(), 30))
		if len(got) != 1 {
			t.Errorf("%v is served by %v", clientAddr(n), got)
		}
		for server := range got {
			used[server] = true
		}
	}
	if len(used) != 3 {
		t.Errorf("three clients are served by %v", used)
	}
	p.forgets(at)
}

// forgets asks by UDP, where connections of a second ago are over, until the server is
// another one.
func (p *plane) forgets(at netip.AddrPort) {
	p.t.Helper()
	ask := func() string {
		name, err := p.client.AskUDP(at, patient)
		if err != nil {
			p.t.Fatal(err)
		}
		return name
	}
	first := ask()
	for range 10 {
		if got := ask(); got != first {
			p.t.Errorf("served by %s and then, in time, by %s", first, got)
		}
	}
	silence := 4 * time.Second // twice the timeout: each datagram begins it anew
	for range 5 {
		time.Sleep(silence)
		if got := ask(); got != first {
			return
		}
		silence *= 2
	}
	p.t.Errorf("still served by %s, after %v of silence", first, silence/2)
}

// testDrain takes weight from a server while a client talks to it, and then takes the server
// out of the file: the connection goes on, and new ones go elsewhere.
func testDrain(t *testing.T) {
	p := newPlane(t)
	p.director.SetAddrs("eth0", vip+"/24")
	config := func(servers ...string) string { return balanced(80, 8080, "TCP", "drain 300", servers...) }
	p.start(config("1", "2"), "-a -t "+vip+":80 -r "+webAddr(2)+":8080 -m -w 1")
	client := p.talker("web1")
	p.daemon.Reload(config("1 weight 0", "2"))
	p.waitLine("-a -t " + vip + ":80 -r " + webAddr(1) + ":8080 -m -w 0")
	p.goesOn(client)
	mark := p.daemon.Reload(config("2"))
	p.daemon.WaitLineFrom(mark, `Reload complete`, patient)
	p.goesOn(client)
	p.daemon.Reload(config("1", "2"))
	p.waitLine("-a -t " + vip + ":80 -r " + webAddr(1) + ":8080 -m -w 1")
	p.talker("web1")
}

// talker gives a client with an open connection to a server.
func (p *plane) talker(who string) *http.Client {
	p.t.Helper()
	for range 10 {
		client := p.client.Client(true, patient)
		got, err := lab.Fetch(client, url)
		if err != nil {
			p.t.Fatal(err)
		}
		if got == who {
			return client
		}
	}
	p.t.Fatalf("none of 10 connections went to %s", who)
	return nil
}

// goesOn looks that the connection to web1 goes on. Only the old one can: new ones get
// web2.
func (p *plane) goesOn(client *http.Client) {
	p.t.Helper()
	for range 5 {
		if got, err := lab.Fetch(client, url); err != nil || got != "web1" {
			p.t.Errorf("the open connection gets %q, %v", got, err)
		}
		if got, err := p.client.Get(url); err != nil || got != "web2" {
			p.t.Errorf("a new connection gets %q, %v", got, err)
		}
	}
}
