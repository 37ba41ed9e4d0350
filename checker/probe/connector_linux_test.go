// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"vipward/conf"
)

// newConnector gives a connector that runs until the test ends.
func newConnector(t testing.TB) *Connector {
	t.Helper()
	c, err := NewConnector()
	if err != nil {
		t.Fatal(err)
	}
	runConnector(t, c)
	return c
}

func runConnector(t testing.TB, c *Connector) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- c.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("the connector ended with %v", err)
		}
	})
}

// begin starts a check by the connector.
func begin(c *Connector, cc *conf.Checker) <-chan Result {
	got := make(chan Result, 2)
	c.New(cc).(Starter).Start(time.Now(), nil, func(_ any, r Result, _ time.Time) { got <- r })
	return got
}

// result waits for what begin gives.
func result(t testing.TB, got <-chan Result) Result {
	t.Helper()
	select {
	case r := <-got:
		return r
	case <-time.After(20 * time.Second):
		t.Fatal("no result")
		return Result{}
	}
}

// silent gives the address of a server whose queue of connections is full: it does not
// answer.
func silent(t *testing.T) netip.AddrPort {
	t.Helper()
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Close(fd) })
	if err := errors.Join(unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}), unix.Listen(fd, 0)); err != nil {
		t.Fatal(err)
	}
	sa, err := unix.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	at := netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), uint16(sa.(*unix.SockaddrInet4).Port))
	for range 10 { // the queue takes one or two
		conn, err := net.DialTimeout("tcp", at.String(), 100*time.Millisecond)
		if err != nil {
			return at
		}
		t.Cleanup(func() { _ = conn.Close() })
	}
	t.Fatal("the server never stopped answering")
	return at
}

func TestConnectorConnects(t *testing.T) {
	t.Parallel()
	to, got := listen(t)
	c := newConnector(t)
	if r := result(t, begin(c, to.Checker)); r.Outcome != Passed || r.Cause != nil {
		t.Errorf("%+v", r)
	}
	if saw := <-got; saw != `"" from 127.0.0.1, <nil>` {
		t.Errorf("the server saw %s", saw)
	}
	to.BindIP = netip.MustParseAddr("127.0.0.77")
	if r := result(t, begin(c, to.Checker)); r.Outcome != Passed {
		t.Errorf("with an address to bind to: %+v", r)
	}
	if saw := <-got; saw != `"" from 127.0.0.77, <nil>` {
		t.Errorf("the server saw %s", saw)
	}
}

func TestConnectorIPv6(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "[::1]:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	to := checkAt(netip.MustParseAddrPort(l.Addr().String()), 5*time.Second)
	if r := result(t, begin(newConnector(t), to.Checker)); r.Outcome != Passed {
		t.Errorf("%+v", r)
	}
}

// A source port of its own can be had again at once.
func TestConnectorSourcePort(t *testing.T) {
	t.Parallel()
	to, got := listen(t)
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	to.BindPort = uint16(free.Addr().(*net.TCPAddr).Port)
	if err := free.Close(); err != nil {
		t.Fatal(err)
	}
	c := newConnector(t)
	for range 3 {
		if r := result(t, begin(c, to.Checker)); r.Outcome != Passed {
			t.Errorf("%+v", r)
		}
		<-got
	}
}

func TestConnectorFailures(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := checkAt(netip.MustParseAddrPort(l.Addr().String()), 5*time.Second)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	mute := checkAt(silent(t), 100*time.Millisecond)
	elsewhere, device := twin(closed.Checker), twin(closed.Checker)
	elsewhere.BindIP = netip.MustParseAddr("192.0.2.1")
	device.BindIf = "nosuch0"
	c := newConnector(t)
	tests := []struct {
		name  string
		check *conf.Checker
		want  Outcome
		cause error
	}{
		{"refused", closed.Checker, Failed, syscall.ECONNREFUSED},
		{"silent", mute.Checker, Failed, os.ErrDeadlineExceeded},
		{"source is not here", elsewhere, Untold, ErrBind},
		{"no such device", device, Untold, ErrBind},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if r := result(t, begin(c, tt.check)); r.Outcome != tt.want || !errors.Is(r.Cause, tt.cause) {
				t.Errorf("%+v, want outcome %d, %v", r, tt.want, tt.cause)
			}
		})
	}
}

// What one of many waits for delays no other, whatever their order.
func TestConnectorMany(t *testing.T) {
	t.Parallel()
	c := newConnector(t)
	mute := silent(t)
	to, saw := listen(t)
	go func() {
		for range saw { //nolint:revive // only to let the server go on
		}
	}()
	long, short := checkAt(mute, 10*time.Minute), checkAt(mute, 50*time.Millisecond)
	var passing, failing []<-chan Result
	for range 300 {
		begin(c, long.Checker)
		failing = append(failing, begin(c, short.Checker))
		passing = append(passing, begin(c, to.Checker))
	}
	for i := range passing {
		if r := result(t, passing[i]); r.Outcome != Passed {
			t.Fatalf("%+v", r)
		}
		if r := result(t, failing[i]); r.Outcome != Failed || !isTimeout(r.Cause) {
			t.Fatalf("%+v", r)
		}
	}
}

// A connection that was made in time counts, also when we come to look long after.
func TestConnectorIsFair(t *testing.T) {
	t.Parallel()
	to, saw := listen(t)
	c, err := NewConnector()
	if err != nil {
		t.Fatal(err)
	}
	to.ConnectTimeout = time.Nanosecond
	got := begin(c, to.Checker)
	awaitConnected(t, c)
	runConnector(t, c)
	if r := result(t, got); r.Outcome != Passed {
		t.Errorf("%+v", r)
	}
	<-saw
}

// awaitConnected waits until the kernel has something to tell a connector.
func awaitConnected(t *testing.T, c *Connector) {
	t.Helper()
	fds := []unix.PollFd{{Fd: int32(c.fd), Events: unix.POLLIN}}
	for {
		n, err := unix.Poll(fds, 20_000)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil || n != 1 {
			t.Fatalf("no connection: %d, %v", n, err)
		}
		return
	}
}

func TestConnectorEnds(t *testing.T) {
	t.Parallel()
	c, err := NewConnector()
	if err != nil {
		t.Fatal(err)
	}
	mute := checkAt(silent(t), time.Hour)
	under := begin(c, mute.Checker)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := c.Run(ctx); err != nil {
		t.Fatal(err)
	}
	late := begin(c, mute.Checker)
	select {
	case r := <-under:
		t.Errorf("%+v after the end", r)
	case r := <-late:
		t.Errorf("%+v, begun after the end", r)
	default:
	}
}

// Kinds of checks that do more than connect are no business of the connector.
func TestConnectorLeavesOthers(t *testing.T) {
	t.Parallel()
	c := newConnector(t)
	for _, cc := range []*conf.Checker{{CheckSettings: &conf.CheckSettings{Kind: "SMTP_CHECK", SMTP: &conf.SMTPCheck{}}}, {CheckSettings: &conf.CheckSettings{Kind: "PING_CHECK"}}} {
		if p, ok := c.New(cc).(Starter); ok {
			t.Errorf("%s: %T", cc.Kind, p)
		}
	}
}

// A thousand runs a second must not be a thousand pieces for the collector. It is not parallel:
// all of the process is counted.
func TestConnectorMakesNoGarbage(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0") // connections wait there
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	to := checkAt(netip.MustParseAddrPort(l.Addr().String()), 5*time.Second)
	c, got := newConnector(t), make(chan Result, 1)
	done := func(_ any, r Result, _ time.Time) { got <- r }
	bad := 0
	pieces := testing.AllocsPerRun(100, func() {
		c.start(to.Checker, time.Now(), nil, done)
		if r := <-got; r.Outcome != Passed {
			bad++
		}
	})
	if pieces >= 1 || bad > 0 {
		t.Errorf("%v allocations a run, %d of which failed", pieces, bad)
	}
}

func TestRawSockaddr(t *testing.T) {
	t.Parallel()
	for at, want := range map[string]string{
		"10.1.2.3:80":        "0002" + "0050" + "0a010203" + "0000000000000000",
		"[2001:db8::7]:8080": "000a" + "1f90" + "00000000" + "20010db8000000000000000000000007" + "00000000",
	} {
		sa, n := rawSockaddr(netip.MustParseAddrPort(at))
		family := binary.NativeEndian.Uint16(sa[:])
		if got := fmt.Sprintf("%04x%x", family, sa[2:n]); got != want {
			t.Errorf("%s is %s, want %s", at, got, want)
		}
	}
}

func benchmarkChecks(b *testing.B, run func(*conf.Checker) Result) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_ = conn.Close()
		}
	}()
	to := checkAt(netip.MustParseAddrPort(l.Addr().String()), 5*time.Second)
	b.ReportAllocs()
	for b.Loop() {
		if r := run(to.Checker); r.Outcome != Passed {
			b.Fatalf("%+v", r)
		}
	}
}

func BenchmarkConnector(b *testing.B) {
	c := newConnector(b)
	benchmarkChecks(b, func(cc *conf.Checker) Result { return <-begin(c, cc) })
}

func BenchmarkTCPByItself(b *testing.B) {
	benchmarkChecks(b, func(cc *conf.Checker) Result { return tcp{cc}.Run(b.Context()) })
}

// TestConnectorForgives: while the process does not run, it cannot hear an answer.
func TestConnectorForgives(t *testing.T) {
	t.Parallel()
	c, err := NewConnector()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.close() })
	const limit = time.Second
	begun := time.Now()
	var got []Result
	c.start(checkAt(silent(t), limit).Checker, begun, nil, func(_ any, r Result, _ time.Time) { got = append(got, r) })

	woken := begun.Add(10 * limit)
	for _, step := range []struct {
		name string
		at   time.Time
		want int // results so far
	}{
		{"it did not run when the time was over", woken, 0},
		{"it has a little more time", woken.Add(mostMore / 2), 0},
		{"which is over", woken.Add(mostMore), 1},
	} {
		if c.expire(step.at); len(got) != step.want {
			t.Fatalf("%s: %d results, want %d", step.name, len(got), step.want)
		}
	}
	if !isTimeout(got[0].Cause) || got[0].Outcome != Failed {
		t.Errorf("%+v, want a failure for the time limit", got[0])
	}
}

// TestConnectorForgivesOnce: a process that comes late every time still finds out.
func TestConnectorForgivesOnce(t *testing.T) {
	t.Parallel()
	c, err := NewConnector()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.close() })
	begun, results := time.Now(), 0
	c.start(checkAt(silent(t), time.Second).Checker, begun, nil, func(any, Result, time.Time) { results++ })
	c.expire(begun.Add(time.Hour))
	if c.expire(begun.Add(2 * time.Hour)); results != 1 {
		t.Errorf("%d results, want 1", results)
	}
}

// TestConnectorStops: what starts after the stop has begun does not put its end off.
func TestConnectorStops(t *testing.T) {
	t.Parallel()
	c, err := NewConnector()
	if err != nil {
		t.Fatal(err)
	}
	c.stop()
	c.start(&conf.Checker{ConnectIP: netip.MustParseAddr("127.0.0.1"), ConnectPort: 9, CheckSettings: &conf.CheckSettings{ConnectTimeout: time.Hour}}, time.Now(), nil, func(any, Result, time.Time) {
		t.Error("a result")
	})
	c.mu.Lock()
	if len(c.limits) > 0 || !c.alarm.IsZero() {
		t.Errorf("%d runs, alarm %v", len(c.limits), c.alarm)
	}
	c.mu.Unlock()
	if err := c.hear(); err != nil { // at once, as Run waits at its end
		t.Error(err)
	}
	if err := c.close(); err != nil {
		t.Error(err)
	}
}
