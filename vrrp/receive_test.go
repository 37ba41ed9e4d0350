// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"bytes"
	"log/slog"
	"net/netip"
	"strings"
	"testing"
	"time"

	"vipward/conf"
	"vipward/vrrp/election"
	"vipward/vrrp/packet"
)

// flood is a packetIO in which the same datagrams wait, for ever or some times over.
type flood struct {
	*port
	datagrams [][]byte
	left      int // batches; -1: for ever
	sent      int
	tuned     []tuning
}

func (f *flood) receive(b *batch) int {
	if f.left == 0 {
		return 0
	}
	f.left--
	for i := range batchSize {
		d := f.datagrams[i%len(f.datagrams)]
		b.headers[i].len = uint32(copy(b.buf[i][:], d))
	}
	return batchSize
}

func (f *flood) send(datagram) error { f.sent++; return nil }

func (f *flood) tune(t tuning) error { f.tuned = append(f.tuned, t); return nil }

// listener is a loop with one socket and the instances of a configuration, all in BACKUP.
func listener(t testing.TB, cfg *conf.Config, f *flood) (*loop, *socket, *logBuffer) {
	t.Helper()
	log := &logBuffer{}
	poll, err := newPoller()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(poll.close)
	l := &loop{env: Env{Log: slog.New(slog.NewTextHandler(log, nil))}, cfg: cfg, poll: poll, socks: map[sockKey]*socket{}, byFD: map[int]*socket{}}
	l.open = func(sockKey, string) (packetIO, error) { return f, nil }
	f.port = newPort(t)
	for _, c := range cfg.Instances {
		vi := l.newInstance(c.Name, c)
		vi.source, vi.link.Index, vi.link.Up = netip.MustParseAddr("10.0.0.1"), 2, true
		vi.wire.Source = vi.source
		vi.sock = l.socket(sockKey{index: 2, addr: c.Multicast}, "eth0")
		vi.join(vi.sock)
		vi.m.Step(time.Now(), election.Facts{Source: vi.source})
		vi.m.Step(time.Now(), election.Start{})
		l.vis = append(l.vis, vi)
	}
	return l, l.vis[0].sock, log
}

// TestReadAllocatesNothing: not for good adverts, nor for bad ones that were logged before,
// nor for those of other virtual routers.
func TestReadAllocatesNothing(t *testing.T) {
	c := testInstance(100)
	c.AdvertInt = time.Minute / 2
	good := advertTo(c, "10.0.0.2", "224.0.0.18", 200)
	bad := bytes.Clone(good)
	bad[26]++
	foreign := bytes.Clone(good)
	foreign[21] = 99
	f := &flood{datagrams: [][]byte{good, bad, foreign, good[:25]}, left: -1}
	l, s, log := listener(t, oneInstance(c), f)
	l.read(s)
	before := log.String()
	if n := testing.AllocsPerRun(20, func() { l.read(s) }); n != 0 {
		t.Errorf("%v allocations for a batch of %d packets", n, batchSize)
	}
	if vi := l.vis[0]; vi.m.State() != election.Backup || vi.wire.Counters.Received == 0 || vi.wire.Counters.Found[packet.DropChecksum] == 0 {
		t.Errorf("state %v, counted %+v", vi.m.State(), vi.wire.Counters)
	}
	if n := strings.Count(log.String(), "checksum"); n != 1 {
		t.Errorf("logged %d times, want once:\n%s", n, before)
	}
}

// TestReadEndsInAFlood: whoever sends more than one advert in a pass ends it.
func TestReadEndsInAFlood(t *testing.T) {
	t.Parallel()
	c := testInstance(100)
	one := advertTo(c, "10.0.0.2", "224.0.0.18", 200)
	f := &flood{datagrams: [][]byte{one}, left: 100}
	l, s, _ := listener(t, oneInstance(c), f)
	l.read(s)
	if f.left != 99 {
		t.Errorf("%d batches read, want one", 100-f.left)
	}
	var many [][]byte
	for vrid := range batchSize {
		d := bytes.Clone(one)
		d[21] = byte(vrid + 1)
		many = append(many, d)
	}
	f.datagrams, f.left = many, 1
	l.read(s)
	if f.left != 0 {
		t.Errorf("nothing read")
	}
}

// TestUnknownVRID: case log-unknown-vrids, and no more than ten lines a second.
func TestUnknownVRID(t *testing.T) {
	t.Parallel()
	const line = "Unknown VRID(99) received on interface(eth0). ignoring..."
	foreign := advertTo(testInstance(100), "10.0.0.2", "224.0.0.18", 200)
	foreign[21] = 99
	for on, want := range map[bool]int{true: 10, false: 0} {
		cfg := oneInstance(testInstance(100))
		cfg.Global.VRRP.LogUnknownVRIDs = on
		l, s, log := listener(t, cfg, &flood{datagrams: [][]byte{foreign}, left: 1})
		l.read(s)
		if n := strings.Count(log.String(), line); n != want {
			t.Errorf("log_unknown_vrids %v: %d lines, want %d", on, n, want)
		}
	}
}

// TestShortPacket: what 2.2.7 says of 25 bytes.
func TestShortPacket(t *testing.T) {
	t.Parallel()
	short := advertTo(testInstance(100), "10.0.0.2", "224.0.0.18", 200)[:25]
	short[3] = 25
	l, s, log := listener(t, oneInstance(testInstance(100)), &flood{datagrams: [][]byte{short}, left: 1})
	l.read(s)
	if !strings.Contains(log.String(), `"IPv4 VRRP packet too short - 25 bytes"`) {
		t.Errorf("log: %s", log)
	}
}

func TestLimiter(t *testing.T) {
	t.Parallel()
	var x limiter
	now := time.Unix(1000, 0)
	for second := range 3 {
		allowed := 0
		for range 50 {
			if x.allow(now.Add(time.Duration(second) * time.Second)) {
				allowed++
			}
		}
		if allowed != 10 {
			t.Errorf("second %d: %d lines, want 10", second, allowed)
		}
	}
}

// TestBadAdvertsAreSilentInFault: adverts for an instance that takes no part are no news.
func TestBadAdvertsAreSilentInFault(t *testing.T) {
	t.Parallel()
	bad := advertTo(testInstance(100), "10.0.0.2", "224.0.0.18", 200)
	bad[8] = 3
	l, s, log := listener(t, oneInstance(testInstance(100)), &flood{datagrams: [][]byte{bad}, left: 1})
	vi := l.vis[0]
	vi.m.Step(time.Now(), election.Facts{Faults: election.FaultLink, Source: vi.source})
	l.read(s)
	if strings.Contains(log.String(), "TTL") {
		t.Errorf("logged: %s", log)
	}
	if n := vi.wire.Counters.Found[packet.DropTTL]; n != batchSize {
		t.Errorf("counted %d, want %d", n, batchSize)
	}
}

// TestRemarksAgainAfterMasterChange: a kind of remark is logged once for each master.
func TestRemarksAgainAfterMasterChange(t *testing.T) {
	t.Parallel()
	c := testInstance(100)
	other := *c
	other.VIPs = nil
	f := &flood{left: 1}
	l, s, log := listener(t, oneInstance(c), f)
	for i, from := range []string{"10.0.0.2", "10.0.0.2", "10.0.0.3"} {
		f.datagrams, f.left = [][]byte{advertTo(&other, from, "224.0.0.18", 200)}, 1
		l.read(s)
		// The line is there before the master is known, and again when it is (keepalived 2.4.3
		// does so with its interval mismatch).
		if n, want := strings.Count(log.String(), "expected 1 VIPs but received 0"), []int{2, 2, 3}[i]; n != want {
			t.Errorf("after an advert of %s: %d lines, want %d", from, n, want)
		}
	}
}

// TestTuning: what the kernel is to deliver, and how much room it gets.
func TestTuning(t *testing.T) {
	t.Parallel()
	two := func(change func(*conf.Config)) *conf.Config {
		second := testInstance(90)
		second.Name, second.VRID = "VI_2", 52
		cfg := &conf.Config{Instances: []*conf.Instance{testInstance(100), second}}
		cfg.Global.VRRP.RxBufsMultiplier = 3
		change(cfg)
		return cfg
	}
	tests := []struct {
		name   string
		change func(*conf.Config)
		rcvBuf int
		all    bool
	}{
		{"default", func(*conf.Config) {}, rcvBuf, false},
		{"unknown VRIDs wanted", func(c *conf.Config) { c.Global.VRRP.LogUnknownVRIDs = true }, rcvBuf, true},
		{"bytes", func(c *conf.Config) { c.Global.VRRP.RxBufsBytes = 100_000 }, 2 * 3 * 100_000, false},
		{"MTU, which is little", func(c *conf.Config) { c.Global.VRRP.RxBufsMTU = true }, minRcvBuf, false},
		{"ADVERT, which is less", func(c *conf.Config) { c.Global.VRRP.RxBufsAdvert = true }, minRcvBuf, false},
		{"of one instance", func(c *conf.Config) { c.Instances[1].KernelRxBufSize = 1 << 20 }, 1 << 20, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := &flood{}
			l, _, _ := listener(t, two(tt.change), f)
			l.tuneSockets()
			l.tuneSockets() // nothing new
			if len(f.tuned) != 1 {
				t.Fatalf("tuned %d times, want once", len(f.tuned))
			}
			got := f.tuned[0]
			if got.rcvBuf != tt.rcvBuf || (got.vrids == nil) != tt.all {
				t.Errorf("%d bytes, all %v; want %d, %v", got.rcvBuf, got.vrids == nil, tt.rcvBuf, tt.all)
			}
			if !tt.all && *got.vrids != [256]bool{51: true, 52: true} {
				t.Errorf("VRIDs %v", got.vrids)
			}
			l.detach(l.vis[0])
			l.tuneSockets()
			if got := f.tuned[1]; !tt.all && *got.vrids != [256]bool{52: true} {
				t.Errorf("VRIDs after one left: %v", got.vrids)
			}
			l.retune()
			l.tuneSockets()
			if len(f.tuned) != 3 {
				t.Errorf("not tuned again after a reload")
			}
		})
	}
}

// BenchmarkRead is what a received advert costs without its system call.
func BenchmarkRead(b *testing.B) {
	c := testInstance(100)
	c.AdvertInt = time.Minute / 2
	f := &flood{datagrams: [][]byte{advertTo(c, "10.0.0.2", "224.0.0.18", 200)}, left: -1}
	l, s, _ := listener(b, oneInstance(c), f)
	b.ReportAllocs()
	for b.Loop() {
		l.read(s)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*batchSize), "ns/packet")
}
