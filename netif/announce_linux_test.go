// SPDX-License-Identifier: Apache-2.0

package netif

import (
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/mdlayher/packet"
	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// recorded is a gratuitous ARP of keepalived 2.2.7 for 10.0.0.100, as it came off the wire.
const recorded = "ffffffffffff02000000000a0806000108000604000102000000000a0a000064ffffffffffff0a000064"

// capture opens a socket that gets all ARP of an interface.
func capture(t testing.TB, name string) *packet.Conn {
	return captureOf(t, name, unix.ETH_P_ARP, nil)
}

// captureOf opens a socket that gets the frames of one protocol that pass the filter.
func captureOf(t testing.TB, name string, protocol int, filter []bpf.RawInstruction) *packet.Conn {
	t.Helper()
	ifi, err := net.InterfaceByName(name)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := packet.Listen(ifi, packet.Raw, protocol, &packet.Config{Filter: filter})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

// captured reads n frames, in hex. Then there must be no more.
func captured(t testing.TB, conn *packet.Conn, n int) []string {
	t.Helper()
	var list []string
	buf := make([]byte, 2048)
	for range n {
		if err := conn.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
			t.Fatal(err)
		}
		m, _, err := conn.ReadFrom(buf)
		if err != nil {
			t.Fatalf("after %d of %d frames: %v", len(list), n, err)
		}
		list = append(list, hex.EncodeToString(buf[:m]))
	}
	if err := conn.SetReadDeadline(time.Now().Add(50 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if m, _, err := conn.ReadFrom(buf); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("one frame too many: %x (%v)", buf[:m], err)
	}
	return list
}

func newAnnouncer(t testing.TB) *Announcer {
	t.Helper()
	a := NewAnnouncer()
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	return a
}

func target(index int, ip string) Target { return Target{Index: index, IP: netip.MustParseAddr(ip)} }

func TestAnnounceIsKeepalivedsFrame(t *testing.T) {
	a, _ := namespace(t)
	wire := capture(t, "b")
	if err := newAnnouncer(t).Announce([]Target{target(a, "10.0.0.100")}, 5); err != nil {
		t.Fatal(err)
	}
	want := []string{recorded, recorded, recorded, recorded, recorded}
	if diff := cmp.Diff(want, captured(t, wire, 5)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestAnnounceGoesInRounds: first all addresses once, then all again.
func TestAnnounceGoesInRounds(t *testing.T) {
	a, _ := namespace(t)
	wire := capture(t, "b")
	err := newAnnouncer(t).Announce([]Target{target(a, "10.0.0.2"), target(a, "10.0.0.1"), target(a, "10.0.0.3")}, 2)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range captured(t, wire, 6) {
		got = append(got, f[56:64]) // the sender's IP
	}
	want := []string{"0a000002", "0a000001", "0a000003", "0a000002", "0a000001", "0a000003"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestAnnounceManyInAllRounds(t *testing.T) {
	a, _ := namespace(t)
	wire := capture(t, "b")
	if err := setSocket(wire, unix.SO_RCVBUFFORCE, queueSize); err != nil {
		t.Fatal(err)
	}
	if err := newAnnouncer(t).Announce(targets(a, 250), 5); err != nil {
		t.Fatal(err)
	}
	seen := make(map[string]int)
	for _, f := range captured(t, wire, 1250) {
		seen[f]++
	}
	if len(seen) != 250 {
		t.Errorf("%d different frames, want 250", len(seen))
	}
	for f, n := range seen {
		if n != 5 {
			t.Errorf("%s came %d times, want 5", f, n)
		}
	}
}

// TestAnnounceWaitsForASlowInterface: frames that do not fit into the socket's queue wait
// until the interface took others; none is lost.
func TestAnnounceWaitsForASlowInterface(t *testing.T) {
	a, _ := namespace(t)
	if out, err := exec.Command("tc", strings.Fields("qdisc add dev a root tbf rate 8mbit burst 2k limit 1mb")...).CombinedOutput(); err != nil {
		lacks(t, "the queueing discipline tbf: "+string(out))
	}
	wire := capture(t, "b")
	if err := setSocket(wire, unix.SO_RCVBUFFORCE, queueSize); err != nil {
		t.Fatal(err)
	}
	if err := newAnnouncer(t).Announce(targets(a, 250), 5); err != nil {
		t.Fatal(err)
	}
	captured(t, wire, 1250)
}

func targets(index, n int) []Target {
	list := make([]Target, n)
	for i := range list {
		list[i] = Target{index, netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)})}
	}
	return list
}

// TestAnnounceFollowsTheInterface uses one Announcer while its interface goes through all
// that can happen to it.
func TestAnnounceFollowsTheInterface(t *testing.T) {
	a, _ := namespace(t)
	wire := capture(t, "b")
	an := newAnnouncer(t)
	vip := []Target{target(a, "10.0.0.100")}
	announce := func(what, want string) {
		t.Helper()
		if err := an.Announce(vip, 1); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if diff := cmp.Diff([]string{want}, captured(t, wire, 1)); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", what, diff)
		}
	}
	announce("at first", recorded)

	ip(t, "link set dev a down")
	if err := an.Announce(vip, 1); !errors.Is(err, unix.ENETDOWN) {
		t.Errorf("down: got %v, want ENETDOWN", err)
	}
	up(t, "a", "b")
	announce("up again", recorded)

	ip(t, "link set dev a address 02:00:00:00:00:0c")
	announce("new hardware address", strings.ReplaceAll(recorded, "02000000000a", "02000000000c"))

	ip(t, "link del dev a")
	if err := an.Announce(vip, 1); !errors.Is(err, unix.ENODEV) {
		t.Errorf("gone: got %v, want ENODEV", err)
	}
	ip(t, "link add name a index "+itoa(a)+" address 02:00:00:00:00:0a type veth peer name b")
	up(t, "a", "b")
	wire = capture(t, "b")
	announce("made again with the same index", recorded)
}

// TestAnnounceServesTheOthers: what fails is named once, the rest is sent.
func TestAnnounceServesTheOthers(t *testing.T) {
	a, b := namespace(t)
	wireA, wireB := capture(t, "a"), capture(t, "b")
	list := []Target{target(4711, "10.0.0.9"), target(a, "10.0.0.100"), target(4711, "10.0.0.8"), target(b, "10.0.0.7")}
	err := newAnnouncer(t).Announce(list, 2)
	if err == nil || strings.Count(err.Error(), "announce on if4711: ") != 1 {
		t.Errorf("got %v, want if4711 named once", err)
	}
	captured(t, wireA, 2)
	captured(t, wireB, 2)
}

func TestAnnounceNothing(t *testing.T) {
	t.Parallel()
	a := NewAnnouncer()
	if err := errors.Join(a.Announce(nil, 5), a.Close()); err != nil {
		t.Error(err)
	}
}

// TestAnnouncerReceivesNothing: ARP of others must not pile up in its sockets.
func TestAnnouncerReceivesNothing(t *testing.T) {
	a, b := namespace(t)
	an, other := newAnnouncer(t), newAnnouncer(t)
	if err := an.Announce([]Target{target(a, "10.0.0.100")}, 1); err != nil {
		t.Fatal(err)
	}
	wire := capture(t, "a") // proves that the frame came as far as a
	if err := other.Announce([]Target{target(b, "10.0.0.7")}, 1); err != nil {
		t.Fatal(err)
	}
	captured(t, wire, 1)
	for _, conn := range []*packet.Conn{an.conn, an.prober} {
		if err := conn.SetReadDeadline(time.Now().Add(10 * time.Millisecond)); err != nil {
			t.Fatal(err)
		}
		if _, _, err := conn.ReadFrom(make([]byte, 64)); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("a socket of the announcer got a frame (%v)", err)
		}
	}
}

func BenchmarkAnnounce250In5Rounds(b *testing.B) {
	a, _ := namespace(b)
	an := newAnnouncer(b)
	list := targets(a, 250)
	for b.Loop() {
		if err := an.Announce(list, 5); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkAnnounceOnVMACs is 250 instances that take over together, each on a VMAC.
func BenchmarkAnnounceOnVMACs(b *testing.B) {
	namespace(b)
	var list []Target
	for i := range 250 {
		name := fmt.Sprintf("vrrp.%d", i)
		ip(b, fmt.Sprintf("link add link a name %s address 00:00:5e:00:01:%02x type macvlan mode private", name, i))
		ip(b, "link set dev "+name+" up")
		list = append(list, target(index(b, name), fmt.Sprintf("10.0.1.%d", i)))
	}
	an := newAnnouncer(b)
	for b.Loop() {
		if err := an.Announce(list, 1); err != nil {
			b.Fatal(err)
		}
	}
}
