// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vipward/conf"
	"vipward/netif"
	"vipward/netif/netiffake"
	"vipward/vrrp/election"
)

// twins are two unicast instances that differ in nothing but their peers and addresses.
func twins() *conf.Config {
	one, two := testInstance(100), testInstance(100)
	one.Source, two.Source = hostAddr.Prefix.Addr(), hostAddr.Prefix.Addr()
	one.Multicast, two.Multicast = netip.Addr{}, netip.Addr{}
	one.Peers = []netip.Addr{netip.MustParseAddr("10.0.0.2")}
	two.Name, two.Peers = "VI_2", []netip.Addr{netip.MustParseAddr("10.0.0.3")}
	two.VIPs = []conf.Address{{Prefix: netip.MustParsePrefix("10.0.0.200/24")}}
	return &conf.Config{Instances: []*conf.Instance{one, two}}
}

func TestChildTwinsStayApart(t *testing.T) {
	t.Parallel()
	c := startChild(t, twins(), &memStore{})
	both := func() bool { return c.holds("10.0.0.100/24")() && c.holds("10.0.0.200/24")() }
	c.eventually("both VIPs", both)
	c.doReload(twins())
	reply := make(chan string, 1)
	c.ask <- Question{Reply: reply}
	if got := <-reply; strings.Count(got, "VRRP Instance = VI_1\n") != 1 || strings.Count(got, "VRRP Instance = VI_2\n") != 1 {
		t.Errorf("after a reload of the same file:\n%s", got)
	}
	c.port.deliver(unicastAdvert(t, "10.0.0.3", 200)) // the second one's peer
	c.eventually("only the second to yield", func() bool { return c.holds("10.0.0.100/24")() && !c.holds("10.0.0.200")() })
}

// unicastAdvert is an advert of a peer to 10.0.0.1, with its IPv4 header.
func unicastAdvert(t *testing.T, from string, priority uint8) []byte {
	t.Helper()
	return advertTo(twins().Instances[0], from, hostAddr.Prefix.Addr().String(), priority)
}

func TestChildReloadMovesAddressBetweenInstances(t *testing.T) {
	t.Parallel()
	cfg := twins()
	c := startChild(t, cfg, &memStore{})
	c.eventually("both VIPs", func() bool { return c.holds("10.0.0.100/24")() && c.holds("10.0.0.200/24")() })
	c.kernel.Said()
	next := twins()
	next.Instances[0].VIPs, next.Instances[1].VIPs = cfg.Instances[1].VIPs, cfg.Instances[0].VIPs
	c.doReload(next)
	c.eventually("announcements", func() bool { return c.port != nil && strings.Contains(strings.Join(c.kernel.Said(), "\n"), "arping") })
	if !c.holds("10.0.0.100/24")() || !c.holds("10.0.0.200/24")() {
		t.Errorf("addresses after the swap:\n%s", c.kernel)
	}
	if c.logged("removed from eth0")() {
		t.Errorf("an address went away:\n%s", c.log)
	}
}

func TestChildReloadChangesPrefixQuietly(t *testing.T) {
	t.Parallel()
	c := startChild(t, oneInstance(testInstance(100)), &memStore{})
	c.eventually("the VIP", c.holds("10.0.0.100/24"))
	next := testInstance(100)
	next.VIPs = []conf.Address{{Prefix: netip.MustParsePrefix("10.0.0.100/32")}}
	c.doReload(oneInstance(next))
	c.eventually("the new prefix", c.holds("10.0.0.100/32"))
	c.tell(netif.AddrChange{Index: 2, Prefix: netip.MustParsePrefix("10.0.0.100/24")}) // our own removal
	reply := make(chan string, 1)
	c.ask <- Question{Reply: reply} // the loop has handled the report when it answers
	<-reply
	if c.logged("removed from eth0")() {
		t.Errorf("our own change is reported as somebody else's:\n%s", c.log)
	}
}

func TestChildReloadRemovesInstanceWithItsHook(t *testing.T) {
	t.Parallel()
	cmd, lines := recorder(t)
	gone, stays := testInstance(100), testInstance(100)
	gone.Notify, gone.NotifyStop = cmd, withArgs(cmd, "must not run")
	stays.Name, stays.VRID, stays.VIPs = "VI_2", 52, nil
	c := startChild(t, &conf.Config{Instances: []*conf.Instance{gone, stays}}, &memStore{})
	c.eventually("the master hook", func() bool { return len(lines()) >= 2 })
	c.doReload(oneInstance(stays))
	c.eventually("a third call", func() bool { return len(lines()) >= 3 })
	want := []string{"INSTANCE VI_1 BACKUP 100", "INSTANCE VI_1 MASTER 100", "INSTANCE VI_1 FAULT 100"}
	if diff := cmp.Diff(want, lines()); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
}

func TestChildReloadFindsScriptThatWasMissing(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "check")
	cfg := func() *conf.Config {
		s := &conf.Script{
			Name: "chk", Command: conf.Command{Args: []string{path}, User: "root"},
			Interval: 10 * time.Millisecond, Timeout: time.Second, Weight: -60, Rise: 1, Fall: 1,
		}
		vi := testInstance(150)
		vi.TrackScripts = []conf.TrackScript{{Script: s, Weight: -60}}
		return &conf.Config{Scripts: []*conf.Script{s}, Instances: []*conf.Instance{vi}}
	}
	c := startChild(t, cfg(), &memStore{})
	c.eventually("the VIP", c.holds("10.0.0.100/24"))
	if err := os.WriteFile(path, []byte("#!/bin/sh\nexit 1\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	c.doReload(cfg())
	c.eventually("the script's effect", c.logged("Changing effective priority from 150 to 90"))
}

func TestChildSavesLearnedInterval(t *testing.T) {
	t.Parallel()
	store := &memStore{}
	vi := testInstance(100)
	vi.AdvertInt = time.Second
	c := startChild(t, oneInstance(vi), store)
	c.port.deliver(peerAdvert(t, 200)) // every 10 ms
	c.eventually("the interval in the state", func() bool {
		return strings.Contains(string(store.Load()), `"interval":10000000,`)
	})
}

func TestChildSuccessorRemovesWhatIsNoLongerConfigured(t *testing.T) {
	t.Parallel()
	state := `{"instances":{
		"` + instanceKey(testInstance(100)) + `":{"state":2,"holds":{"Addrs":[{"Prefix":"10.0.0.100/24","Index":2},{"Prefix":"10.0.0.101/24","Index":2}]}},
		"gone":{"state":2,"holds":{"Addrs":[{"Prefix":"10.0.0.102/24","Index":2}]}}}}`
	there := netif.Resync{Links: []netif.Link{eth0}}
	ops := []netif.Op{}
	for _, p := range []string{"10.0.0.1/24", "10.0.0.100/24", "10.0.0.101/24", "10.0.0.102/24"} {
		prefix := netip.MustParsePrefix(p)
		there.Addrs = append(there.Addrs, netif.AddrChange{Index: 2, Prefix: prefix, Added: true})
		ops = append(ops, netif.Op{Add: true, Addr: &netif.Addr{Prefix: prefix, Index: 2}})
	}
	c := startChild(t, oneInstance(testInstance(100)), &memStore{b: []byte(state)}, func(k *netiffake.Kernel) { k.Apply(ops) }, there)
	c.eventually("only the configured VIP", func() bool {
		return c.holds("10.0.0.100/24")() && !c.holds("10.0.0.101")() && !c.holds("10.0.0.102")()
	})
}

func TestChildSaysGoodbyeWithTheAddressThatWent(t *testing.T) {
	t.Parallel()
	c := startChild(t, oneInstance(testInstance(100)), &memStore{})
	c.eventually("the VIP", c.holds("10.0.0.100/24"))
	c.tell(netif.AddrChange{Index: 2, Prefix: hostAddr.Prefix})
	c.eventually("FAULT", c.logged("Entering FAULT STATE"))
	ads := c.port.adverts()
	if last := ads[len(ads)-1]; last.Priority != 0 || last.From != hostAddr.Prefix.Addr() {
		t.Errorf("last advert %+v, want priority 0 from %v", last, hostAddr.Prefix.Addr())
	}
}

func TestChildAnswersFloodOnce(t *testing.T) {
	t.Parallel()
	vi := testInstance(100)
	vi.AdvertInt = 40 * time.Second // no advert of its own falls into the test
	store := &memStore{b: []byte(`{"instances":{"` + instanceKey(vi) + `":{"state":2}}}`)}
	c := startChild(t, oneInstance(vi), store)
	c.eventually("the first advert", func() bool { return len(c.port.adverts()) == 1 })
	const flood = 5000
	began := time.Now()
	for range flood {
		c.port.deliver(peerAdvert(t, 50))
	}
	c.eventually("all read", func() bool {
		c.port.mu.Lock()
		defer c.port.mu.Unlock()
		return len(c.port.in) == 0
	})
	most := 2 + 2*int(time.Since(began)/election.AnswerSpacing+1)
	if n := len(c.port.adverts()); n > most {
		t.Errorf("%d adverts of %d answered, want at most %d", n, flood, most)
	}
}

// brokenMonitor fails when told to.
type brokenMonitor struct{ fail chan error }

func (m brokenMonitor) WatchRoutes(bool) error { return nil }

func (m brokenMonitor) Run(ctx context.Context, emit func([]netif.Event)) error {
	emit([]netif.Event{netif.Resync{}}) // no link: every instance is in FAULT, without a deadline
	select {
	case err := <-m.fail:
		return err
	case <-ctx.Done():
		return nil
	}
}

func TestChildEndsWhenItsMonitorFails(t *testing.T) {
	t.Parallel()
	k := &netiffake.Kernel{}
	m := brokenMonitor{make(chan error, 1)}
	ready := make(chan struct{})
	env := Env{
		Config: oneInstance(testInstance(100)), State: &memStore{}, Ready: func() { close(ready) },
		Log: slog.New(slog.DiscardHandler),
	}
	ended := make(chan error, 1)
	go func() { ended <- run(t.Context(), env, kernel{m, k, k, nil, &fakeLinks{}, &fakeCarrier{}, nil, nil}) }()
	<-ready
	want := errors.New("no more news")
	m.fail <- want
	select {
	case err := <-ended:
		if !errors.Is(err, want) {
			t.Errorf("run = %v, want %v", err, want)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("the child hangs")
	}
}

func TestHeld(t *testing.T) {
	t.Parallel()
	store := &memStore{}
	c := startChild(t, oneInstance(testInstance(100)), store)
	want := []netif.Addr{{Prefix: netip.MustParsePrefix("10.0.0.100/24"), Index: 2}}
	same := cmp.Comparer(func(a, b netif.Addr) bool { return a == b })
	c.eventually("the VIP in the state", func() bool { return cmp.Equal(want, Held(store.Load(), false).Addrs, same) })
	for _, state := range []string{"", "{", `{"instances":{"a":{"state":1}}}`} {
		if got := Held([]byte(state), true); !got.Empty() {
			t.Errorf("Held(%q) = %v, want nothing", state, got)
		}
	}
}

// TestChildReloadBeforeLinks: a reload that comes to a successor before it knows the links
// waits for them, and makes no instance twice.
func TestChildReloadBeforeLinks(t *testing.T) {
	t.Parallel()
	after := &memStore{b: []byte(`{"instances":{"` + instanceKey(testInstance(100)) + `":{"state":2}}}`)}
	reloads, questions := make(chan Reload), make(chan Question)
	done := make(chan error, 1)
	c := startChild(t, oneInstance(testInstance(100)), after,
		func(env *Env) { env.Reload, env.Questions = reloads, questions },
		func(*netiffake.Kernel) {
			reloads <- Reload{Config: oneInstance(testInstance(101)), Done: done}
			reply := make(chan string, 1)
			questions <- Question{Reply: reply} // the reload has been posted by now
			<-reply
		})
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	reply := make(chan string, 1)
	questions <- Question{Reply: reply}
	got := <-reply
	if n := strings.Count(got, "VRRP Instance = VI_1\n"); n != 1 || !strings.Contains(got, "Effective priority = 101") {
		t.Errorf("VI_1 is there %d times:\n%s", n, got)
	}
	if log := c.log.String(); strings.Contains(log, "FAULT") || strings.Contains(log, "Entering BACKUP") {
		t.Errorf("the mastership has ended:\n%s", log)
	}
}

// TestChildReloadSavesOnce: what a reload takes away is saved together.
func TestChildReloadSavesOnce(t *testing.T) {
	t.Parallel()
	cfg := &conf.Config{}
	for i := range 50 {
		vi := testInstance(100)
		vi.Name, vi.VRID = fmt.Sprintf("VI_%d", i), uint8(i+1)
		vi.VIPs = []conf.Address{{Prefix: netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 0, 1, byte(i)}), 24)}}
		cfg.Instances = append(cfg.Instances, vi)
	}
	store := &memStore{}
	c := startChild(t, cfg, store)
	c.eventually("all master", func() bool { return strings.Count(c.log.String(), "Entering MASTER STATE") == 50 })
	before := store.saves.Load()
	c.doReload(&conf.Config{Instances: cfg.Instances[:1]})
	if n := store.saves.Load() - before; n > 10 {
		t.Errorf("saved %d times", n)
	}
	c.eventually("one address left", func() bool { return strings.Count(c.kernel.String(), "10.0.1.") == 1 })
}
