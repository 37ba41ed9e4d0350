// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"vipward/internal/lab"
)

// farm is a pair with web servers: on a network of their own behind the nodes (NAT), or on
// the clients' network with the VIP on lo (DR).
type farm struct {
	*pair
	inner   *lab.Net
	web     []*lab.Web // the real servers
	webAddr []string
	sorry   *lab.Web
}

const (
	innerVIP  = "198.51.100.1" // the NAT servers' default gateway
	url       = "http://" + vip + "/"
	sorryAddr = "192.0.2.53"
)

// newNATFarm has its servers at 198.51.100.50 and .60, ports 80 and 8080. The sorry server
// is there too, at .53.
func newNATFarm(t *testing.T) *farm {
	t.Helper()
	f := &farm{pair: newPair(t), inner: lab.NewNet(t), webAddr: []string{"198.51.100.50", "198.51.100.60"}}
	for i, lb := range f.lb {
		f.inner.Join(lb, fmt.Sprintf("198.51.100.%d/24", 11+i))
		lb.Sysctl("net.ipv4.ip_forward", "1")
	}
	for i, addr := range append(f.webAddr, "198.51.100.53") {
		h := f.inner.Host(serverName(i), addr+"/24")
		h.Route("0.0.0.0/0", innerVIP)
		h.Web(":8080")
		f.addServer(h)
	}
	return f
}

// newDRFarm has its servers on the clients' network at .51 and .52, the sorry server at .53.
func newDRFarm(t *testing.T) *farm {
	t.Helper()
	f := &farm{pair: newPair(t), webAddr: []string{"192.0.2.51", "192.0.2.52"}}
	for i, addr := range append(f.webAddr, sorryAddr) {
		h := f.net.Host(serverName(i), addr+"/24")
		h.Sysctl("net.ipv4.conf.all.arp_ignore", "1")
		h.Sysctl("net.ipv4.conf.all.arp_announce", "2")
		h.SetAddrs("lo", vip+"/32")
		f.addServer(h)
	}
	return f
}

func serverName(i int) string { return []string{"web1", "web2", "sorry"}[i] }

func (f *farm) addServer(h *lab.Host) {
	w := h.Web(":80")
	if h.Name == "sorry" {
		f.sorry = w
		return
	}
	f.web = append(f.web, w)
}

// answers asks n times over fresh connections and returns who answered, sorted, once each.
func (f *farm) answers(n int) ([]string, error) {
	var who []string
	for range n {
		name, err := f.client.Get(url)
		if err != nil {
			return nil, err
		}
		who = append(who, name)
	}
	slices.Sort(who)
	return slices.Compact(who), nil
}

// waitAnswers waits until exactly these servers answer.
func (f *farm) waitAnswers(want ...string) {
	f.t.Helper()
	lab.Wait(f.t, patient, fmt.Sprintf("answers of %v", want), func() error {
		got, err := f.answers(8)
		if err == nil && !slices.Equal(got, want) {
			err = fmt.Errorf("answers of %v", got)
		}
		return err
	})
}

// table is a node's IPVS table in the words of ipvsadm -S -n.
func table(h *lab.Host) []string {
	var lines []string
	for line := range strings.Lines(h.Run("ipvsadm", "-S", "-n")) {
		lines = append(lines, strings.TrimSpace(line))
	}
	return lines
}

// waitTable waits until a node's IPVS table is exactly this.
func waitTable(t *testing.T, h *lab.Host, want ...string) {
	t.Helper()
	lab.Wait(t, patient, fmt.Sprintf("IPVS table %q", want), func() error { return sameTable(h, want) })
}

// sameTable says whether a node's IPVS table is exactly this.
func sameTable(h *lab.Host, want []string) error {
	if got := table(h); !slices.Equal(got, want) {
		return fmt.Errorf("the table of %s is %q", h.Name, got)
	}
	return nil
}

// traffic asks over fresh connections until stop and notes the longest time between two
// answers.
type traffic struct {
	t       *testing.T
	stop    func()
	answers atomic.Int64
	longest time.Duration // to be read after stop
}

func (f *farm) startTraffic() *traffic {
	tr := &traffic{t: f.t}
	client := f.client.Client(false, 300*time.Millisecond)
	var last time.Time
	tr.stop = watch(f.t, func() error {
		if _, err := lab.Fetch(client, url); err != nil {
			return nil //nolint:nilerr // a lost request shows as a long time without an answer
		}
		if tr.answers.Add(1); !last.IsZero() {
			tr.longest = max(tr.longest, time.Since(last))
		}
		last = time.Now()
		return nil
	})
	return tr
}

// wait waits until n more requests were answered.
func (tr *traffic) wait(n int64) {
	tr.t.Helper()
	goal := tr.answers.Load() + n
	lab.Wait(tr.t, patient, fmt.Sprintf("%d more answers", n), func() error {
		if got := tr.answers.Load(); got < goal {
			return fmt.Errorf("%d lack", goal-got)
		}
		return nil
	})
}

// connection is one TCP connection through the VIP that stays open.
type connection struct {
	t    *testing.T
	conn net.Conn
	in   *bufio.Reader
}

func (f *farm) connect() *connection {
	f.t.Helper()
	conn, err := f.client.Dial("tcp", vip+":80")
	if err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(func() { _ = conn.Close() })
	return &connection{t: f.t, conn: conn, in: bufio.NewReader(conn)}
}

// ask sends one more request over the connection and looks who answers.
func (c *connection) ask(want string) {
	c.t.Helper()
	if got := c.who(); got != want {
		c.t.Errorf("answer of %q, want %q", got, want)
	}
}

// who sends one more request over the connection and tells who answers.
func (c *connection) who() string {
	c.t.Helper()
	if err := c.conn.SetDeadline(time.Now().Add(patient)); err != nil {
		c.t.Fatal(err)
	}
	if _, err := fmt.Fprintf(c.conn, "GET / HTTP/1.1\r\nHost: %s\r\n\r\n", vip); err != nil {
		c.t.Fatalf("the connection broke: %v", err)
	}
	resp, err := http.ReadResponse(c.in, nil)
	if err != nil {
		c.t.Fatalf("the connection broke: %v", err)
	}
	body, err := io.ReadAll(resp.Body)
	if err := errors.Join(err, resp.Body.Close()); err != nil {
		c.t.Fatalf("the connection broke: %v", err)
	}
	return strings.TrimSpace(string(body))
}
