// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"syscall"
	"testing"
	"time"

	"vipward/conf"

	"github.com/google/go-cmp/cmp"
)

// checkAt is the TCP_CHECK of an address.
func checkAt(at netip.AddrPort, timeout time.Duration) tcp {
	return tcp{&conf.Checker{ConnectIP: at.Addr(), ConnectPort: at.Port(), CheckSettings: &conf.CheckSettings{Kind: "TCP_CHECK", ConnectTimeout: timeout}}}
}

// listen gives a server and what each connection to it sent, with its end.
func listen(t *testing.T) (tcp, <-chan string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	got := make(chan string, 10)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			b, err := io.ReadAll(conn)
			got <- fmt.Sprintf("%q from %s, %v", b, conn.RemoteAddr().(*net.TCPAddr).IP, err)
			_ = conn.Close()
		}
	}()
	return checkAt(netip.MustParseAddrPort(l.Addr().String()), 5*time.Second), got
}

func TestProbeTCP(t *testing.T) {
	t.Parallel()
	to, got := listen(t)
	if r := to.Run(t.Context()); r.Outcome != Passed || r.Cause != nil {
		t.Errorf("%+v", r)
	}
	if diff := cmp.Diff(`"" from 127.0.0.1, <nil>`, <-got); diff != "" {
		t.Errorf("what the server saw (-want +got):\n%s", diff)
	}
	to.BindIP = netip.MustParseAddr("127.0.0.77")
	if r := to.Run(t.Context()); r.Outcome != Passed || r.Cause != nil {
		t.Errorf("with an address to bind to: %+v", r)
	}
	if diff := cmp.Diff(`"" from 127.0.0.77, <nil>`, <-got); diff != "" {
		t.Errorf("what the server saw (-want +got):\n%s", diff)
	}
}

func TestProbeTCPRefused(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := netip.MustParseAddrPort(l.Addr().String())
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	r := checkAt(at, 5*time.Second).Run(t.Context())
	if r.Outcome != Failed || !errors.Is(r.Cause, syscall.ECONNREFUSED) {
		t.Errorf("%+v", r)
	}
}

// A server whose queue of connections is full does not answer.
func TestProbeTCPTimeout(t *testing.T) {
	t.Parallel()
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Close(fd) })
	if err := errors.Join(syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}), syscall.Listen(fd, 0)); err != nil {
		t.Fatal(err)
	}
	sa, err := syscall.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	to := checkAt(netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), uint16(sa.(*syscall.SockaddrInet4).Port)), 200*time.Millisecond)
	for range 10 { // the queue takes one or two
		begin := time.Now()
		r := to.Run(t.Context())
		if r.Outcome == Passed {
			continue
		}
		var timeout net.Error
		if r.Outcome != Failed || !errors.As(r.Cause, &timeout) || !timeout.Timeout() {
			t.Errorf("%+v", r)
		}
		if time.Since(begin) < to.ConnectTimeout {
			t.Errorf("gave up after %v", time.Since(begin))
		}
		return
	}
	t.Error("the server never stopped answering")
}

func TestProbeTCPLocalTrouble(t *testing.T) {
	t.Parallel()
	to, _ := listen(t)
	to.BindIP = netip.MustParseAddr("192.0.2.1")
	r := to.Run(t.Context())
	if r.Outcome != Untold || !errors.Is(r.Cause, ErrBind) || !errors.Is(r.Cause, syscall.EADDRNOTAVAIL) {
		t.Errorf("address that is not here: %+v", r)
	}
}

func TestProbeTCPEndsWithContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	to, _ := listen(t)
	if r := to.Run(ctx); r.Outcome != Untold || !errors.Is(r.Cause, context.Canceled) {
		t.Errorf("%+v", r)
	}
}

func TestJudge(t *testing.T) {
	t.Parallel()
	call := func(name string, errno syscall.Errno) error {
		return &net.OpError{Op: "dial", Err: os.NewSyscallError(name, errno)}
	}
	tests := []struct {
		err  error
		want Outcome
	}{
		{call("connect", syscall.ECONNREFUSED), Failed},
		{call("connect", syscall.EHOSTUNREACH), Failed},
		{call("connect", syscall.EHOSTDOWN), Failed},
		{call("connect", syscall.ENETUNREACH), Failed},
		{call("connect", syscall.ENETDOWN), Failed},
		{call("connect", syscall.ECONNRESET), Failed},
		{call("connect", syscall.ECONNABORTED), Failed},
		{call("connect", syscall.ETIMEDOUT), Failed},
		{&net.OpError{Op: "dial", Err: os.ErrDeadlineExceeded}, Failed},
		{call("bind", syscall.EADDRNOTAVAIL), Untold},
		{call("bind", syscall.EADDRINUSE), Untold},
		{call("socket", syscall.EMFILE), Untold},
		{call("socket", syscall.ENFILE), Untold},
		{call("connect", syscall.EADDRNOTAVAIL), Untold}, // no local port is free
		{call("connect", syscall.EPERM), Untold},
		{context.Canceled, Untold},
	}
	for _, tt := range tests {
		if got := judge(tt.err); got.Outcome != tt.want || !errors.Is(got.Cause, tt.err) {
			t.Errorf("%v: %+v, want outcome %d", tt.err, got, tt.want)
		}
	}
}

func TestID(t *testing.T) {
	t.Parallel()
	c := &conf.Checker{
		ConnectIP: netip.MustParseAddr("fd00::1"), ConnectPort: 8080, CheckSettings: &conf.CheckSettings{
			Kind:   "TCP_CHECK",
			BindIP: netip.MustParseAddr("fd00::2"), ConnectTimeout: 3 * time.Second, DelayLoop: time.Minute,
		},
	}
	other := twin(c)
	other.DelayLoop, other.Retry, other.RetryDelay, other.Warmup = 1, 2, 3, 4
	if ID(c) != ID(other) {
		t.Error("times make another check of it")
	}
	for name, change := range map[string]func(*conf.Checker){
		"address":   func(c *conf.Checker) { c.ConnectIP = c.BindIP },
		"port":      func(c *conf.Checker) { c.ConnectPort++ },
		"bind":      func(c *conf.Checker) { c.BindIP = netip.Addr{} },
		"bind port": func(c *conf.Checker) { c.BindPort++ },
		"device":    func(c *conf.Checker) { c.BindIf = "eth0" },
		"mark":      func(c *conf.Checker) { c.FWMark++ },
		"timeout":   func(c *conf.Checker) { c.ConnectTimeout++ },
		"kind":      func(c *conf.Checker) { c.Kind = "HTTP_GET" },
	} {
		other := twin(c)
		change(other)
		if ID(c) == ID(other) {
			t.Errorf("another %s is the same check", name)
		}
	}
}

// twin is a copy of a check that has its settings for itself.
func twin(c *conf.Checker) *conf.Checker {
	settings := *c.CheckSettings
	out := *c
	out.CheckSettings = &settings
	return &out
}
