// SPDX-License-Identifier: Apache-2.0

package netif

import (
	"context"
	"encoding/hex"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/mdlayher/packet"
	"golang.org/x/sys/unix"
)

// watched is a running ARPWatch and what it reported.
type watched struct {
	*ARPWatch
	mu      sync.Mutex // guards seen, reports
	seen    []string
	reports int
}

func watch(t testing.TB, ips ...string) *watched {
	t.Helper()
	arpWatch, err := OpenARPWatch()
	if err != nil {
		t.Fatal(err)
	}
	w := &watched{ARPWatch: arpWatch}
	if err := w.Set(addrs(ips...)); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- w.Run(ctx, w.note) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("Run: %v", err)
		}
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	return w
}

func (w *watched) note(list []Sighting) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.reports++
	for _, s := range list {
		w.seen = append(w.seen, fmt.Sprintf("if%d %s %s", s.Index, s.IP, s.MAC))
	}
}

func (w *watched) take() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	seen := w.seen
	w.seen = nil
	slices.Sort(seen)
	return seen
}

// hears waits until exactly these were reported; a burst may be reported in parts.
func (w *watched) hears(t testing.TB, want ...string) {
	t.Helper()
	var got []string
	deadline := time.Now().Add(10 * time.Second)
	for len(got) < len(want) && time.Now().Before(deadline) {
		time.Sleep(time.Millisecond)
		got = append(got, w.take()...)
		slices.Sort(got)
		got = slices.Compact(got)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestWatchHearsOthers: claims of watched addresses, by ARP and by neighbour advertisement;
// not those of other addresses, and not our own.
func TestWatchHearsOthers(t *testing.T) {
	a, b := namespace(t)
	w := watch(t, "10.0.0.100", "fd00::5", "fe80::5")
	an := newAnnouncer(t)
	if err := an.Announce([]Target{
		target(b, "10.0.0.101"), target(b, "10.0.0.100"), target(b, "fd00::6"), target(b, "fd00::5"), target(b, "fe80::5"),
		target(b, "fd01::5"), // its last bytes are the same
	}, 2); err != nil {
		t.Fatal(err)
	}
	from := " 02:00:00:00:00:0b"
	dev := fmt.Sprintf("if%d ", a)
	w.hears(t, dev+"10.0.0.100"+from, dev+"fd00::5"+from, dev+"fe80::5"+from)

	if err := w.Set(addrs("10.0.0.101", "fd00::6")); err != nil {
		t.Fatal(err)
	}
	if err := an.Announce([]Target{target(b, "10.0.0.100"), target(b, "fd00::5"), target(b, "10.0.0.101"), target(b, "fd00::6")}, 1); err != nil {
		t.Fatal(err)
	}
	w.hears(t, dev+"10.0.0.101"+from, dev+"fd00::6"+from)
}

// TestWatchWhileHolding: the kernel lets claims of an address through although it is ours,
// which is the case that matters.
func TestWatchWhileHolding(t *testing.T) {
	a, b := namespace(t)
	ip(t, "addr add 10.0.0.100/24 dev a")
	ip(t, "addr add fd00::5/64 dev a nodad")
	w := watch(t, "10.0.0.100", "fd00::5")
	if err := newAnnouncer(t).Announce([]Target{target(b, "10.0.0.100"), target(b, "fd00::5")}, 5); err != nil {
		t.Fatal(err)
	}
	from := " 02:00:00:00:00:0b"
	dev := fmt.Sprintf("if%d ", a)
	w.hears(t, dev+"10.0.0.100"+from, dev+"fd00::5"+from)
}

// TestWatchDropsForgedAdvertisements: a hop limit below 255 has crossed a router.
func TestWatchDropsForgedAdvertisements(t *testing.T) {
	a, _ := namespace(t)
	w := watch(t, "fe80::5", "fd00::5")
	for _, name := range []string{recordedNA, recordedGlobalNA} {
		frame, err := hex.DecodeString(name)
		if err != nil {
			t.Fatal(err)
		}
		if name == recordedNA {
			frame[etherHeaderLen+ipv6HopLimit] = 64
		}
		conn := captureOf(t, "b", 0, nil)
		if _, err := conn.WriteTo(frame, &packet.Addr{HardwareAddr: allNodesMAC[:]}); err != nil {
			t.Fatal(err)
		}
	}
	w.hears(t, fmt.Sprintf("if%d fd00::5 02:00:00:00:00:0a", a))
}

// TestWatchIgnoresFloods: ARP that is none of ours does not reach the socket, and a flood of
// claims is read in few bursts.
func TestWatchIgnoresFloods(t *testing.T) {
	_, b := namespace(t)
	w := watch(t, "10.0.0.100")
	an := newAnnouncer(t)
	wire := capture(t, "a") // proves that the flood came as far as a
	if err := setSocket(wire, unix.SO_RCVBUFFORCE, queueSize); err != nil {
		t.Fatal(err)
	}
	if err := an.Announce(targets(b, 99), 20); err != nil {
		t.Fatal(err)
	}
	captured(t, wire, 99*20)
	stats, err := w.arps.Stats()
	if err != nil {
		t.Fatal(err)
	}
	if stats.Packets != 0 {
		t.Errorf("%d packets passed the filter", stats.Packets)
	}
	start := time.Now()
	for range 20 {
		if err := an.Announce([]Target{target(b, "10.0.0.100")}, 1000); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "a report", func() bool { return len(w.take()) > 0 })
	w.mu.Lock()
	defer w.mu.Unlock()
	if most := 2 + int(time.Since(start)/watchPause); w.reports > most {
		t.Errorf("%d reports in %v, want at most %d", w.reports, time.Since(start), most)
	}
}

// TestWatchSurvivesItsInterfaces: an interface that goes down or away does not end Run.
func TestWatchSurvivesItsInterfaces(t *testing.T) {
	namespace(t)
	w := watch(t, "10.0.0.100")
	ip(t, "link set dev a down")
	ip(t, "link del dev a")
	ip(t, "link add name a address 02:00:00:00:00:0a type veth peer name b address 02:00:00:00:00:0b")
	up(t, "a", "b")
	if err := newAnnouncer(t).Announce([]Target{target(index(t, "b"), "10.0.0.100")}, 1); err != nil {
		t.Fatal(err)
	}
	w.hears(t, fmt.Sprintf("if%d 10.0.0.100 02:00:00:00:00:0b", index(t, "a")))
}
