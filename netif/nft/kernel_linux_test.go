// SPDX-License-Identifier: Apache-2.0

package nft

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/mdlayher/packet"
	"golang.org/x/net/ipv4"
	"golang.org/x/net/ipv6"
	"golang.org/x/sys/unix"
)

// speak sends a datagram from an address to a neighbour, and gives the error.
func speak(t testing.TB, from, to string) error {
	t.Helper()
	conn, err := net.DialUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(netip.MustParseAddr(from), 0)),
		net.UDPAddrFromAddrPort(netip.AddrPortFrom(netip.MustParseAddr(to), 9)))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_, err = conn.Write([]byte("hello"))
	return err
}

// TestDropsWhatAVIPSays: nothing leaves from an address that is not accepted, but
// everything from the others, and again everything once it is not in the set.
func TestDropsWhatAVIPSays(t *testing.T) {
	for _, c := range []struct{ family, own, vip, to, filler string }{
		{"IPv4", "10.0.0.1", "10.0.0.100", "10.0.0.2", "/24"},
		{"IPv6", "fd00::1", "fd00::100", "fd00::2", "/64"},
		{"link-local", "fe80::1%eth0", "fe80::100%eth0", "fe80::2%eth0", "/64"},
	} {
		t.Run(c.family, func(t *testing.T) {
			namespace(t)
			for _, a := range []string{c.own, c.vip} {
				a, _, _ = strings.Cut(a, "%")
				run(t, "ip addr add "+a+c.filler+" dev eth0 nodad")
			}
			to, _, _ := strings.Cut(c.to, "%")
			run(t, "ip neigh add "+to+" lladdr 02:00:00:00:00:0b dev eth0")
			f := open(t)
			r := Rules{Options: defaults, Filter4: true, Filter6: true}
			r.Drop = []VIP{{Addr: netip.MustParseAddr(c.vip).WithZone(""), Name: "eth0", Index: index(t, "eth0")}}
			mustSet(t, f, r)
			if err := speak(t, c.vip, c.to); !errors.Is(err, unix.EPERM) {
				t.Errorf("from the VIP: got %v, want EPERM", err)
			}
			if err := speak(t, c.own, c.to); err != nil {
				t.Errorf("from another address: %v", err)
			}
			r.Drop = nil
			mustSet(t, f, r)
			if err := speak(t, c.vip, c.to); err != nil {
				t.Errorf("after the drop: %v", err)
			}
		})
	}
}

// TestLinkLocalDropKnowsTheInterface: the same address on another interface is another one.
func TestLinkLocalDropKnowsTheInterface(t *testing.T) {
	namespace(t)
	for _, dev := range []string{"eth0", "eth1"} {
		run(t, "ip addr add fe80::100/64 dev "+dev+" nodad")
		run(t, "ip neigh add fe80::2 lladdr 02:00:00:00:00:0b dev "+dev)
	}
	mustSet(t, open(t), Rules{Options: defaults, Filter6: true, Drop: []VIP{vip("fe80::100", "eth0", index(t, "eth0"))}})
	if err := speak(t, "fe80::100%eth0", "fe80::2%eth0"); !errors.Is(err, unix.EPERM) {
		t.Errorf("on eth0: got %v, want EPERM", err)
	}
	if err := speak(t, "fe80::100%eth1", "fe80::2%eth1"); err != nil {
		t.Errorf("on eth1: %v", err)
	}
}

// TestDropsWhatAVIPHears: a packet that comes in for the address is counted as dropped.
func TestDropsWhatAVIPHears(t *testing.T) {
	namespace(t)
	run(t, "ip addr add 10.0.0.1/24 dev eth0")
	run(t, "ip addr add 10.0.0.100/24 dev eth0")
	o := defaults
	o.Counters = true
	mustSet(t, open(t), Rules{Options: o, Filter4: true, Drop: []VIP{vip("10.0.0.100", "eth0", index(t, "eth0"))}})

	wire := packetSocket(t, "peer0", 0)
	for _, last := range []byte{1, 100, 100} {
		to := &packet.Addr{HardwareAddr: net.HardwareAddr{2, 0, 0, 0, 0, 0x0a}}
		h := ipv4.Header{Version: 4, Len: 20, TotalLen: 20, TTL: 64, Protocol: 253, Src: net.IP{10, 0, 0, 2}, Dst: net.IP{10, 0, 0, last}}
		b, err := h.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		sum := uint32(0)
		for i := 0; i < len(b); i += 2 {
			sum += uint32(b[i])<<8 | uint32(b[i+1])
		}
		sum = ^(sum>>16 + sum&0xffff)
		b[10], b[11] = byte(sum>>8), byte(sum)
		frame := append(append(append([]byte(nil), to.HardwareAddr...), 2, 0, 0, 0, 0, 0x0b, 8, 0), b...)
		if _, err := wire.WriteTo(frame, to); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "two packets are dropped", func() bool {
		return strings.Contains(ruleset(t), "ip daddr @vips counter packets 2 bytes 40 drop")
	})
}

// TestReportsOfVMACsLeaveByTheParent: switches must not learn where the virtual MAC address
// is from a report that the kernel sends on the backup.
func TestReportsOfVMACsLeaveByTheParent(t *testing.T) {
	namespace(t)
	vmac(t, "vrrp.51", "eth0", "00:00:5e:00:01:33")
	vmac(t, "vrrp6.51", "eth0", "00:00:5e:00:02:33")
	run(t, "ip addr add 10.0.0.100/24 dev vrrp.51")
	run(t, "ip addr add 10.0.0.1/24 dev eth0")
	wire := packetSocket(t, "peer0", unix.ETH_P_ALL)
	mustSet(t, open(t), Rules{Options: defaults, VMACs: []VMAC{
		{Name: "vrrp.51", Index: index(t, "vrrp.51"), ParentName: "eth0", Parent: index(t, "eth0"), IPv4: true},
		{Name: "vrrp6.51", Index: index(t, "vrrp6.51"), ParentName: "eth0", Parent: index(t, "eth0"), IPv6: true},
	}})
	joinGroups(t)
	four, six := string(net.IP{239, 1, 2, 3}), string(net.ParseIP("ff15::1234"))
	seen := map[string]bool{}
	buf := make([]byte, 2048)
	for deadline := time.Now().Add(10 * time.Second); !seen[four] || !seen[six]; {
		if err := wire.SetReadDeadline(deadline); err != nil {
			t.Fatal(err)
		}
		n, _, err := wire.ReadFrom(buf)
		if err != nil {
			t.Fatalf("not all reports: %v", err)
		}
		for _, group := range []string{four, six} {
			if !strings.Contains(string(buf[:n]), group) {
				continue
			}
			if mac := net.HardwareAddr(buf[6:12]).String(); mac != "02:00:00:00:00:0a" {
				t.Errorf("a report of %x came from %s", group, mac)
			}
			seen[group] = true
		}
	}
}

// joinGroups joins groups on both VMACs, which makes the kernel report them.
func joinGroups(t testing.TB) {
	t.Helper()
	p4, err := net.ListenPacket("udp4", "0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	p6, err6 := net.ListenPacket("udp6", "[::]:0")
	if err6 != nil {
		t.Fatal(err6)
	}
	t.Cleanup(func() { p4.Close(); p6.Close() })
	err = ipv4.NewPacketConn(p4).JoinGroup(&net.Interface{Index: index(t, "vrrp.51")}, &net.UDPAddr{IP: net.IP{239, 1, 2, 3}})
	err6 = ipv6.NewPacketConn(p6).JoinGroup(&net.Interface{Index: index(t, "vrrp6.51")}, &net.UDPAddr{IP: net.ParseIP("ff15::1234")})
	if err := errors.Join(err, err6); err != nil {
		t.Fatal(err)
	}
}

func packetSocket(t testing.TB, dev string, protocol int) *packet.Conn {
	t.Helper()
	conn, err := packet.Listen(&net.Interface{Index: index(t, dev)}, packet.Raw, protocol, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !holds(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within 10 s: %s", what)
		}
	}
}

// TestManyAddresses: a batch of 2,000 addresses of each family is one transaction.
func TestManyAddresses(t *testing.T) {
	namespace(t)
	r := Rules{Options: defaults, Filter4: true, Filter6: true}
	for i := range 2000 {
		r.Drop = append(r.Drop,
			vip(fmt.Sprintf("10.1.%d.%d", i>>8, i&0xff), "eth0", 2), vip(fmt.Sprintf("fd00::%x", i), "eth0", 2), vip(fmt.Sprintf("fe80::%x", i), "eth0", index(t, "eth0")))
	}
	f := open(t)
	mustSet(t, f, r)
	if diff := cmp.Diff(plain(written(r.tables())), plain(ruleset(t))); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	r.Drop = r.Drop[:3]
	mustSet(t, f, r)
	if diff := cmp.Diff(plain(written(r.tables())), plain(ruleset(t))); diff != "" {
		t.Errorf("few (-want +got)\n%s", diff)
	}
}

// TestLeftTablesInTheKernel: what an earlier process left is replaced, also what is not ours
// in shape; other tables are not touched.
func TestLeftTablesInTheKernel(t *testing.T) {
	namespace(t)
	for _, c := range []string{"table ip keepalived", "chain ip keepalived strange", "table ip6 keepalived", "table ip other"} {
		run(t, "nft add "+c)
	}
	r := Rules{Options: defaults, Filter4: true, Drop: []VIP{vip("10.0.0.100", "eth0", 2)}}
	mustSet(t, open(t), r)
	want := append([]string{"table ip other {", "}"}, plain(written(r.tables()))...)
	if diff := cmp.Diff(want, plain(ruleset(t))); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestErrorsNameTheStep: and what was there stays.
func TestErrorsNameTheStep(t *testing.T) {
	namespace(t)
	run(t, "nft add table ip keepalived")
	id := tableID{family: 2, name: "keepalived"}
	missing := &chain{name: "nowhere"}
	err := open(t).kernel.apply([]op{
		{do: addTable, table: tableID{family: 2, name: "more"}},
		{do: addRule, table: id, chain: missing, rule: say(drop())},
		{do: deleteTable, table: id},
	})
	if !errors.Is(err, unix.ENOENT) || !strings.Contains(err.Error(), "add rule ip keepalived nowhere drop") {
		t.Errorf("got %v", err)
	}
	if diff := cmp.Diff([]string{"table ip keepalived {", "}"}, plain(ruleset(t))); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestTablesDeletedInTheKernel: after `nft flush ruleset` the next change makes them anew.
func TestTablesDeletedInTheKernel(t *testing.T) {
	namespace(t)
	f := open(t)
	r := Rules{Options: defaults, Filter4: true}
	mustSet(t, f, r)
	run(t, "nft flush ruleset")
	r.Drop = []VIP{vip("10.0.0.100", "eth0", 2)}
	mustSet(t, f, r)
	if diff := cmp.Diff(plain(written(r.tables())), plain(ruleset(t))); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
