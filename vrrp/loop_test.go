// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"vipward/conf"
	"vipward/netif"
	"vipward/netif/netiffake"
	"vipward/vrrp/election"
	"vipward/vrrp/packet"
)

// port is a packetIO of a test: what the child sends, and what it is to receive.
type port struct {
	kick int

	mu  sync.Mutex // guards the rest
	in  [][]byte
	out []election.Advert
	to  []netip.Addr
	raw [][]byte
}

func newPort(t testing.TB) *port {
	t.Helper()
	fd, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Close(fd) })
	return &port{kick: fd}
}

func (p *port) descriptor() int            { return p.kick }
func (p *port) descriptors() (in, out int) { return p.kick, p.kick }
func (p *port) tune(tuning) error          { return nil }
func (p *port) close()                     {}

func (p *port) receive(b *batch) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := 0
	for ; n < min(len(p.in), batchSize); n++ {
		b.headers[n].len = uint32(copy(b.buf[n][:], p.in[n]))
	}
	if p.in = p.in[n:]; n == 0 {
		drain8(p.kick)
	}
	return n
}

func (p *port) send(d datagram) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	pkt, v := packet.ParseIPv4(bytes.Clone(d.bytes))
	if v != packet.Accept {
		return fmt.Errorf("sent %v", v)
	}
	p.out = append(p.out, election.Advert{From: pkt.Src, Priority: pkt.Message[2], Interval: time.Duration(pkt.Message[5]) * time.Second})
	p.to = append(p.to, d.dst)
	p.raw = append(p.raw, bytes.Clone(d.bytes))
	return nil
}

// deliver lets the child receive a datagram.
func (p *port) deliver(b []byte) {
	p.mu.Lock()
	p.in = append(p.in, b)
	p.mu.Unlock()
	_, _ = unix.Write(p.kick, []byte{1, 0, 0, 0, 0, 0, 0, 0})
}

func (p *port) adverts() []election.Advert {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]election.Advert(nil), p.out...)
}

// memStore is a Store in memory.
type memStore struct {
	mu sync.Mutex // guards b
	b  []byte

	saves atomic.Int32
}

func (s *memStore) Load() []byte { s.mu.Lock(); defer s.mu.Unlock(); return s.b }

func (s *memStore) Save(b []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.b = bytes.Clone(b)
	s.saves.Add(1)
	return nil
}

// logBuffer collects log lines.
type logBuffer struct {
	mu sync.Mutex // guards b
	b  bytes.Buffer
}

func (l *logBuffer) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(b)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// child is a vrrp child with a fake kernel.
type child struct {
	t       *testing.T
	kernel  *netiffake.Kernel
	links   *fakeLinks
	carrier *fakeCarrier
	port    *port
	store   *memStore
	log     *logBuffer
	reload  chan Reload
	ask     chan Question
	ready   chan struct{}
	stop    context.CancelFunc
	ended   chan error
}

var (
	eth0     = netif.Link{Name: "eth0", Index: 2, Up: true, Multicast: true}
	hostAddr = netif.Addr{Prefix: netip.MustParsePrefix("10.0.0.1/24"), Index: 2}
)

// startChild runs a child whose host has eth0 with 10.0.0.1/24, or what the options say.
func startChild(t *testing.T, cfg *conf.Config, store *memStore, options ...any) *child {
	t.Helper()
	c := &child{
		t: t, links: &fakeLinks{}, carrier: &fakeCarrier{}, kernel: &netiffake.Kernel{Tolerant: true}, port: newPort(t), store: store, log: &logBuffer{},
		reload: make(chan Reload), ask: make(chan Question), ready: make(chan struct{}), ended: make(chan error, 1),
	}
	c.kernel.Apply([]netif.Op{{Add: true, Addr: &hostAddr}})
	ctx, stop := context.WithCancel(t.Context())
	c.stop = stop
	env := Env{
		Config: cfg, State: store, Reload: c.reload, Questions: c.ask,
		Log:   slog.New(slog.NewTextHandler(c.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Ready: func() { close(c.ready) },
	}
	for _, o := range options {
		switch change := o.(type) {
		case func(*Env):
			change(&env)
		case func(*fakeLinks):
			change(c.links)
		case func(*fakeCarrier):
			change(c.carrier)
		}
	}
	k := kernel{c.kernel, c.kernel, c.kernel, func(sockKey, string) (packetIO, error) { return c.port, nil }, c.links, c.carrier, nil, nil}
	for _, o := range options {
		if change, ok := o.(func(*kernel)); ok {
			change(&k)
		}
	}
	go func() { c.ended <- run(ctx, env, k) }()
	t.Cleanup(func() { _ = c.finish() })
	var links netif.Event = netif.Resync{
		Links: []netif.Link{eth0},
		Addrs: []netif.AddrChange{{Index: 2, Prefix: hostAddr.Prefix, Added: true}},
	}
	for _, o := range options {
		switch o := o.(type) {
		case func(*Env):
			// applied before the start
		case netif.Event:
			links = o
		case func(*netiffake.Kernel):
			o(c.kernel)
		}
	}
	c.tell(links)
	<-c.ready
	return c
}

func (c *child) tell(events ...netif.Event) {
	c.t.Helper()
	if err := c.kernel.Send(c.t.Context(), events...); err != nil {
		c.t.Fatal(err)
	}
}

// eventually waits for f, and fails with what the child logged.
func (c *child) eventually(what string, f func() bool) {
	c.t.Helper()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		if f() {
			return
		}
	}
	c.t.Fatalf("never: %s\nadverts %v\naddresses %v\nlog:\n%s", what, c.port.adverts(), c.kernel, c.log)
}

func (c *child) logged(text string) func() bool {
	return func() bool { return strings.Contains(c.log.String(), text) }
}

func (c *child) holds(addr string) func() bool {
	return func() bool { return strings.Contains(c.kernel.String(), addr) }
}

func (c *child) finish() error {
	c.t.Helper()
	c.stop()
	err := <-c.ended
	c.ended <- nil
	return err
}

// testInstance is VI_1 on eth0 with advert_int 10 ms.
func testInstance(priority uint8) *conf.Instance {
	return &conf.Instance{
		Name: "VI_1", WantState: "BACKUP", Interface: "eth0", VRID: 51, Priority: priority,
		AdvertInt: 10 * time.Millisecond, Version: 3, Multicast: netip.MustParseAddr("224.0.0.18"),
		DownTimerAdverts: 3, VIPs: []conf.Address{{Prefix: netip.MustParsePrefix("10.0.0.100/24")}},
		GARP: conf.GARP{MasterRepeat: 2, LowerPrioRepeat: 1, MasterRefreshRepeat: 1},
	}
}

func oneInstance(vi *conf.Instance) *conf.Config {
	return &conf.Config{Instances: []*conf.Instance{vi}}
}

func TestChildTakesOverAndStops(t *testing.T) {
	t.Parallel()
	c := startChild(t, oneInstance(testInstance(100)), &memStore{})
	c.eventually("the VIP", c.holds("10.0.0.100/24"))
	c.eventually("a second advert", func() bool { return len(c.port.adverts()) > 1 })
	if err := c.finish(); err != nil {
		t.Fatalf("run = %v, want nil after an ordered stop", err)
	}
	ads := c.port.adverts()
	if last := ads[len(ads)-1]; last.Priority != 0 {
		t.Errorf("last advert has priority %d, want 0", last.Priority)
	}
	if got := c.kernel.String(); got != hostAddr.String() {
		t.Errorf("addresses after the stop: %s, want only the host's", got)
	}
	want := netip.MustParseAddr("10.0.0.1")
	if ads[0].From != want || ads[0].Priority != 100 {
		t.Errorf("first advert %+v, want from %v with priority 100", ads[0], want)
	}
}

func TestChildStoppedEarlyRemovesLeftovers(t *testing.T) {
	t.Parallel()
	k := &netiffake.Kernel{Tolerant: true}
	vip := netip.MustParsePrefix("10.0.0.100/24")
	k.Apply([]netif.Op{{Add: true, Addr: &hostAddr}, {Add: true, Addr: &netif.Addr{Prefix: vip, Index: 2}}})
	ctx, stop := context.WithCancel(t.Context())
	stop()
	env := Env{
		Config: oneInstance(testInstance(100)), State: &memStore{}, Ready: func() {},
		Log: slog.New(slog.DiscardHandler),
	}
	p := newPort(t)
	ended := make(chan error, 1)
	go func() {
		ended <- run(ctx, env, kernel{k, k, k, func(sockKey, string) (packetIO, error) { return p, nil }, &fakeLinks{}, &fakeCarrier{}, nil, nil})
	}()
	err := k.Send(t.Context(), netif.Resync{Links: []netif.Link{eth0}, Addrs: []netif.AddrChange{
		{Index: 2, Prefix: hostAddr.Prefix, Added: true}, {Index: 2, Prefix: vip, Added: true},
	}})
	if err := errors.Join(err, <-ended); err != nil {
		t.Fatal(err)
	}
	if got := k.String(); got != hostAddr.String() {
		t.Errorf("addresses after the stop: %s, want only the host's", got)
	}
}

func TestChildYieldsToAdvert(t *testing.T) {
	t.Parallel()
	c := startChild(t, oneInstance(testInstance(100)), &memStore{})
	c.eventually("the VIP", c.holds("10.0.0.100/24"))
	c.port.deliver(peerAdvert(t, 200))
	c.eventually("BACKUP", c.logged("Entering BACKUP STATE\""))
	c.eventually("the VIP gone", func() bool { return !c.holds("10.0.0.100")() })
}

// peerAdvert is an advert of 10.0.0.2 for VRID 51, with its IPv4 header.
func peerAdvert(t *testing.T, priority uint8) []byte {
	t.Helper()
	return advertTo(testInstance(priority), "10.0.0.2", "224.0.0.18", priority)
}

// advertTo is an advert of a router with that configuration.
func advertTo(c *conf.Instance, src, dst string, priority uint8) []byte {
	w := packet.NewWire(wireOf(c, nil))
	w.Source = netip.MustParseAddr(src)
	w.Begin(priority, time.Now())
	return bytes.Clone(w.To(netip.MustParseAddr(dst)))
}

func TestChildLinkDownAndUp(t *testing.T) {
	t.Parallel()
	c := startChild(t, oneInstance(testInstance(100)), &memStore{})
	c.eventually("the VIP", c.holds("10.0.0.100/24"))
	down := eth0
	down.Up = false
	c.tell(netif.LinkChange{Link: down})
	c.eventually("FAULT", c.logged("Entering FAULT STATE"))
	c.eventually("the VIP gone", func() bool { return !c.holds("10.0.0.100")() })
	c.tell(netif.LinkChange{Link: eth0})
	c.eventually("the VIP again", c.holds("10.0.0.100/24"))
}

func TestChildPutsRemovedAddressBack(t *testing.T) {
	t.Parallel()
	c := startChild(t, oneInstance(testInstance(100)), &memStore{})
	c.eventually("the VIP", c.holds("10.0.0.100/24"))
	vip := netif.Addr{Prefix: netip.MustParsePrefix("10.0.0.100/24"), Index: 2}
	c.kernel.Apply([]netif.Op{{Addr: &vip}})
	c.tell(netif.AddrChange{Index: 2, Prefix: vip.Prefix})
	c.eventually("the VIP again", c.holds("10.0.0.100/24"))
	if n := strings.Count(c.log.String(), "Entering"); n != 2 {
		t.Errorf("%d transitions, want 2: BACKUP and MASTER at the start\n%s", n, c.log)
	}
}

func TestChildFindsMissingAddressAfterLostReports(t *testing.T) {
	t.Parallel()
	c := startChild(t, oneInstance(testInstance(100)), &memStore{})
	c.eventually("the VIP", c.holds("10.0.0.100/24"))
	c.kernel.Apply([]netif.Op{{Addr: &netif.Addr{Prefix: netip.MustParsePrefix("10.0.0.100/24"), Index: 2}}})
	c.tell(netif.Resync{
		Links: []netif.Link{eth0},
		Addrs: []netif.AddrChange{{Index: 2, Prefix: hostAddr.Prefix, Added: true}},
	})
	c.eventually("the VIP again", c.holds("10.0.0.100/24"))
	c.eventually("the line", c.logged("Netlink reflector reports IP 10.0.0.100 removed from eth0"))
}

func TestChildSuccessorTakesOverSilently(t *testing.T) {
	t.Parallel()
	store := &memStore{b: []byte(`{"instances":{"` + instanceKey(testInstance(100)) + `":{"state":2}}}`)}
	there := netif.Resync{Links: []netif.Link{eth0}, Addrs: []netif.AddrChange{
		{Index: 2, Prefix: netip.MustParsePrefix("10.0.0.1/24"), Added: true},
		{Index: 2, Prefix: netip.MustParsePrefix("10.0.0.100/24"), Added: true},
	}}
	c := startChild(t, oneInstance(testInstance(100)), store, there)
	c.eventually("an advert", func() bool { return len(c.port.adverts()) > 0 })
	c.eventually("a round of announcements", func() bool { return strings.Contains(strings.Join(c.kernel.Said(), "\n"), "10.0.0.100") })
	if strings.Contains(c.log.String(), "Entering") {
		t.Errorf("a transition was reported:\n%s", c.log)
	}
}

func TestChildReload(t *testing.T) {
	t.Parallel()
	c := startChild(t, oneInstance(testInstance(100)), &memStore{})
	c.eventually("the VIP", c.holds("10.0.0.100/24"))
	changed := testInstance(120)
	changed.VIPs = append(changed.VIPs, conf.Address{Prefix: netip.MustParsePrefix("10.0.0.101/24")})
	other := testInstance(90)
	other.Name, other.VRID = "VI_2", 52
	other.VIPs = []conf.Address{{Prefix: netip.MustParsePrefix("10.0.0.200/24")}}
	c.doReload(&conf.Config{Instances: []*conf.Instance{changed, other}})
	c.eventually("the new VIPs", func() bool { return c.holds("10.0.0.101/24")() && c.holds("10.0.0.200/24")() })
	c.doReload(oneInstance(other))
	c.eventually("the removed instance's VIPs gone", func() bool { return !c.holds("10.0.0.10")() })
	if !c.holds("10.0.0.200/24")() {
		t.Errorf("the kept instance lost its VIP")
	}
	for _, a := range c.port.adverts() {
		if a.Priority == 120 {
			return
		}
	}
	t.Errorf("no advert with the new priority 120")
}

func (c *child) doReload(cfg *conf.Config) {
	c.t.Helper()
	done := make(chan error, 1)
	c.reload <- Reload{Config: cfg, Done: done}
	if err := <-done; err != nil {
		c.t.Fatal(err)
	}
}

func TestChildUnicastReachesEveryPeer(t *testing.T) {
	t.Parallel()
	vi := testInstance(100)
	vi.Source = netip.MustParseAddr("10.0.0.1")
	vi.Multicast = netip.Addr{}
	vi.Peers = []netip.Addr{netip.MustParseAddr("10.0.0.2"), netip.MustParseAddr("10.0.0.3")}
	c := startChild(t, oneInstance(vi), &memStore{})
	c.eventually("adverts to both peers", func() bool {
		c.port.mu.Lock()
		defer c.port.mu.Unlock()
		return len(c.port.to) >= 2 && c.port.to[0] == vi.Peers[0] && c.port.to[1] == vi.Peers[1]
	})
}

func TestChildMissingUnicastSourceIsFault(t *testing.T) {
	t.Parallel()
	vi := testInstance(100)
	vi.Source, vi.Multicast = netip.MustParseAddr("10.0.0.77"), netip.Addr{}
	vi.Peers = []netip.Addr{netip.MustParseAddr("10.0.0.2")}
	c := startChild(t, oneInstance(vi), &memStore{})
	c.eventually("FAULT", c.logged("entering FAULT state"))
	c.tell(netif.AddrChange{Index: 2, Prefix: netip.MustParsePrefix("10.0.0.77/24"), Added: true})
	c.eventually("the VIP", c.holds("10.0.0.100/24"))
}
