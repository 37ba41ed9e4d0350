// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	"vipward/internal/fake"
	"vipward/internal/lab"
)

// front is a daemon that checks servers on the loopback of a host, one of each address, and
// that can be asked. It needs no IPVS.
type front struct {
	t       *testing.T
	lb      *lab.Host
	daemon  *lab.Daemon
	socket  string
	head    strings.Builder // of the configuration
	servers strings.Builder
	n       int
}

func newFront(t *testing.T) *front {
	t.Helper()
	dir, err := os.MkdirTemp("", "vipward-e2e-*") // short: the name of a socket has 107 characters
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return &front{t: t, lb: lab.NewHost(t, "lb"), socket: filepath.Join(dir, "s")}
}

// add takes a real server with a check ("; " stands between its lines) into the configuration,
// and gives its address.
func (f *front) add(check string) string {
	f.n++
	kind, options, _ := strings.Cut(check, "; ")
	addr := fmt.Sprintf("127.0.2.%d:80", f.n)
	if kind != "FILE_CHECK" { // which runs when the file has changed
		options = "warmup 0; retry 0; " + options
	}
	fmt.Fprintf(&f.servers, "real_server 127.0.2.%d 80 {\n%s {\n%s\n}\n}\n", f.n, kind, strings.ReplaceAll(options, "; ", "\n"))
	return addr
}

func (f *front) start() {
	f.t.Helper()
	config := "global_defs {\nscript_user root\n}\n" + f.head.String() + "virtual_server 10.9.0.1 80 {\nprotocol TCP\nlvs_sched rr\nlvs_method NAT\ndelay_loop 60\n" + f.servers.String() + "}\n"
	f.daemon = lab.StartDaemon(f.lb, lab.Vipward, config, "-C", "--control", f.socket)
}

// explain is what the daemon says about a server.
func (f *front) explain(addr string) string {
	f.t.Helper()
	out, err := f.lb.TryRun(lab.Vipward(f.t), "explain", addr, "--control", f.socket)
	if err != nil {
		out += err.Error()
	}
	return out
}

// verdict waits until a server is down for a cause, or up for none, after a check.
func (f *front) verdict(addr, cause string) {
	f.t.Helper()
	want := regexp.MustCompile(`is up.*[1-9]\d* runs? in a row passed`)
	if cause != "" {
		want = regexp.MustCompile(`is down.*: .*(` + cause + `).*[1-9]\d* runs? in a row failed`)
	}
	lab.Wait(f.t, patient, "verdict about "+addr, func() error {
		if said := f.explain(addr); !want.MatchString(said) {
			return fmt.Errorf("%s does not match\n%s", want, said)
		}
		return nil
	})
}

// visited is a server that counts what comes.
type visited struct {
	name, addr string
	came, sent atomic.Int64 // checks, bytes
}

// sending counts what it sends.
type sending struct {
	net.Conn
	of *visited
}

func (c sending) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	c.of.sent.Add(int64(n))
	return n, err
}

// tcp opens a server that talks on connections.
func (f *front) tcp(s *visited, talk func(net.Conn)) {
	f.t.Helper()
	server := fake.NewTCP(f.t, f.lb, s.addr, func(c net.Conn) string {
		s.came.Add(1)
		talk(sending{c, s})
		return ""
	})
	f.must(server.Open())
}

// udp opens a server that answers datagrams.
func (f *front) udp(s *visited, answer fake.Reply) {
	f.t.Helper()
	f.must(fake.NewUDP(f.t, f.lb, s.addr, func(q []byte) []byte {
		s.came.Add(1)
		return answer(q)
	}).Open())
}

func (f *front) must(err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatal(err)
	}
}
