// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"

	"vipward/vrrp/packet"
)

// wires puts the test on a thread of its own in a new network namespace with two ends of a
// veth pair, and gives their indices. The thread is never unlocked: it ends with the test,
// and the namespace with it. Both ends being on one host, what each sends from its own
// address would be refused by the other; rp_filter and accept_local make it hear that.
func wires(t testing.TB) (a, b int) {
	t.Helper()
	runtime.LockOSThread()
	if err := unix.Unshare(unix.CLONE_NEWNET); errors.Is(err, unix.EPERM) {
		if os.Getenv("CI") == "true" {
			t.Fatal("this machine lacks CAP_SYS_ADMIN for network namespaces")
		}
		t.Skip("this machine lacks CAP_SYS_ADMIN for network namespaces")
	} else if err != nil {
		t.Fatal(err)
	}
	ip(t, "link add name a address 02:00:00:00:00:0a type veth peer name b address 02:00:00:00:00:0b")
	for _, key := range []string{"ipv4/conf/all/rp_filter=0", "ipv6/conf/all/accept_dad=0", "ipv6/conf/default/accept_dad=0"} {
		sysctl(t, key)
	}
	for i, dev := range []string{"a", "b"} {
		for _, key := range []string{"ipv4/conf/%s/rp_filter=0", "ipv4/conf/%s/accept_local=1", "ipv6/conf/%s/accept_dad=0"} {
			sysctl(t, fmt.Sprintf(key, dev))
		}
		ip(t, fmt.Sprintf("address add 10.0.0.%d/24 dev %s", i+1, dev))
		ip(t, fmt.Sprintf("address add fd00::%d/64 dev %s nodad", i+1, dev))
		ip(t, "link set dev "+dev+" up")
	}
	ip(t, "link set dev lo up")
	var index [2]int
	for i, dev := range []string{"a", "b"} {
		soon(t, dev+" is running", func() bool {
			ifi, err := net.InterfaceByName(dev)
			if err != nil || ifi.Flags&net.FlagRunning == 0 {
				return false
			}
			index[i] = ifi.Index
			return true
		})
	}
	return index[0], index[1]
}

func ip(t testing.TB, args string) string {
	t.Helper()
	out, err := exec.Command("ip", strings.Fields(args)...).CombinedOutput()
	if err != nil {
		t.Fatalf("ip %s: %v: %s", args, err, out)
	}
	return string(out)
}

func sysctl(t testing.TB, setting string) {
	t.Helper()
	key, value, _ := strings.Cut(setting, "=")
	if err := os.WriteFile("/proc/sys/net/"+key, []byte(value), 0); err != nil {
		t.Fatal(err)
	}
}

// soon polls until it holds.
func soon(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within 10 s: %s", what)
		}
	}
}

// opened gives a socket that hears all virtual routers.
func opened(t testing.TB, key sockKey, name string) *rawSocket {
	t.Helper()
	s, err := openRaw(key, name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.close)
	if err := s.tune(tuning{rcvBuf: rcvBuf}); err != nil {
		t.Fatal(err)
	}
	return s.(*rawSocket)
}

// linkLocal is the link-local address of an end.
func linkLocal(t testing.TB, dev string) netip.Addr {
	t.Helper()
	var a netip.Addr
	soon(t, "a link-local address on "+dev, func() bool {
		for _, f := range strings.Fields(ip(t, "-6 address show dev "+dev+" scope link")) {
			if p, err := netip.ParsePrefix(f); err == nil {
				a = p.Addr()
			}
		}
		return a.IsValid()
	})
	return a
}

// TestSockets sends an advert of every kind over a veth pair, and judges what arrives.
func TestSockets(t *testing.T) {
	a, b := wires(t)
	group4, group6 := netip.MustParseAddr("224.0.0.18"), netip.MustParseAddr("ff02::12")
	host := func(s string) netip.Addr { return netip.MustParseAddr(s) }
	v4 := packet.Config{Version: 3, VRID: 51, AdvertInt: time.Second, TTL: 255, Addrs: []netip.Addr{host("10.0.0.100")}}
	v6 := packet.Config{Version: 3, VRID: 51, AdvertInt: time.Second, IPv6: true, Addrs: []netip.Addr{host("fe80::100")}}
	ah := v4
	ah.Version, ah.Auth, ah.Password = 2, packet.AuthAH, [8]byte{'x'}
	signed := v6
	signed.HMAC = &packet.HMAC{Keys: []packet.Key{{ID: 7, Secret: strings.Repeat("k", 32)}}, Active: 7, Window: 5 * time.Second}
	tests := []struct {
		name     string
		config   packet.Config
		group    netip.Addr
		src, dst netip.Addr // unicast
		hops     int
		wantHops uint8
	}{
		{"IPv4 multicast", v4, group4, host("10.0.0.1"), group4, 0, 255},
		{"IPv4 unicast", v4, netip.Addr{}, host("10.0.0.1"), host("10.0.0.2"), 0, 255},
		{"AH multicast", ah, group4, host("10.0.0.1"), group4, 0, 255},
		{"AH unicast", ah, netip.Addr{}, host("10.0.0.1"), host("10.0.0.2"), 0, 255},
		{"IPv6 multicast", v6, group6, linkLocal(t, "a"), group6, 255, 255},
		{"IPv6 unicast", v6, netip.Addr{}, host("fd00::1"), host("fd00::2"), -1, 64},
		{"IPv6 unicast with a hop limit", v6, netip.Addr{}, host("fd00::1"), host("fd00::2"), 33, 33},
		{"IPv6 signed", signed, group6, linkLocal(t, "a"), group6, 255, 255},
		{"IPv6 another group", v6, host("ff02::99"), linkLocal(t, "a"), host("ff02::99"), 255, 255},
	}
	for _, tt := range tests {
		c := tt.config
		if c.Group = tt.group; !c.Group.IsValid() {
			c.Peers = []packet.Peer{{Addr: tt.dst, MaxTTL: 255}}
		}
		isAH := c.Auth == packet.AuthAH
		// In one namespace a unicast packet would go over lo, were it not for the device.
		from, to := opened(t, sockKey{isAH, a, tt.src}, "a"), opened(t, sockKey{isAH, b, tt.dst}, "b")
		if c.Group.IsValid() {
			from = opened(t, sockKey{isAH, a, tt.dst}, "a")
		} else {
			neighbours(t, tt.dst)
		}
		sender, receiver := packet.NewWire(c), packet.NewWire(c)
		sender.Source = tt.src
		var in batch
		for i := range 3 {
			sender.Begin(uint8(100+i), time.Now())
			if err := from.send(datagram{sender.To(tt.dst), tt.src, tt.dst, tt.hops}); err != nil {
				t.Fatalf("%s: %v", tt.name, err)
			}
			soon(t, tt.name+" is heard", func() bool { return to.receive(&in) == 1 })
			l := &loop{batch: in}
			p, v := l.parse(&socket{key: to.key}, 0)
			if v != packet.Accept || p.Src != tt.src || p.Dst != tt.dst || p.TTL != tt.wantHops {
				t.Fatalf("%s: %v from %v to %v, TTL %d", tt.name, v, p.Src, p.Dst, p.TTL)
			}
			if ad, f := receiver.Check(p, time.Now()); f != 0 || ad.Priority != uint8(100+i) {
				t.Errorf("%s: %v, %+v", tt.name, f.Verdict(), ad)
			}
			if from.receive(&in) != 0 {
				t.Errorf("%s: the sender heard itself", tt.name)
			}
		}
		from.close()
		to.close()
	}
}

// neighbours makes the other end of a pair known, which would not answer to its own host.
func neighbours(t *testing.T, dst netip.Addr) {
	t.Helper()
	ip(t, "neighbour replace "+dst.String()+" lladdr 02:00:00:00:00:0b dev a nud permanent")
}

// TestFilterOnSocket: the kernel delivers the virtual routers that are wanted.
func TestFilterOnSocket(t *testing.T) {
	a, b := wires(t)
	key := sockKey{false, a, netip.MustParseAddr("224.0.0.18")}
	from := opened(t, key, "a")
	key.index = b
	to := opened(t, key, "b")
	if err := to.tune(tuning{vrids: &[256]bool{51: true}, rcvBuf: rcvBuf}); err != nil {
		t.Fatal(err)
	}
	for _, vrid := range []uint8{1, 50, 52, 255, 51} {
		w := packet.NewWire(packet.Config{Version: 3, VRID: vrid, AdvertInt: time.Second, Group: key.addr})
		w.Source = netip.MustParseAddr("10.0.0.1")
		w.Begin(100, time.Now())
		if err := from.send(datagram{bytes: w.To(key.addr), dst: key.addr}); err != nil {
			t.Fatal(err)
		}
	}
	var in batch
	soon(t, "VRID 51 is heard", func() bool { return to.receive(&in) == 1 })
	if p, _ := packet.ParseIPv4(in.datagram(0)); p.VRID() != 51 {
		t.Errorf("heard VRID %d", p.VRID())
	}
	if to.receive(&in) != 0 {
		t.Errorf("heard more")
	}
}

// TestOddDatagrams: fragments arrive whole, options do not matter, and what is larger than any
// advert is cut off and not taken for one.
func TestOddDatagrams(t *testing.T) {
	a, b := wires(t)
	for _, dev := range []string{"a", "b"} {
		ip(t, "link set dev "+dev+" mtu 65535")
	}
	key := sockKey{false, a, netip.MustParseAddr("224.0.0.18")}
	from := opened(t, key, "a")
	key.index = b
	to := opened(t, key, "b")
	c := packet.Config{Version: 3, VRID: 51, AdvertInt: time.Second, Group: key.addr, Addrs: []netip.Addr{netip.MustParseAddr("10.0.0.100")}}
	w := packet.NewWire(c)
	w.Source = netip.MustParseAddr("10.0.0.1")
	w.Begin(100, time.Time{})
	whole := bytes.Clone(w.To(key.addr))
	first, second := bytes.Clone(whole[:28]), append(bytes.Clone(whole[:20]), whole[28:]...)
	first[3], second[3] = byte(len(first)), byte(len(second))
	first[6], second[7] = 0x20, 1 // more fragments; 8 bytes on
	options := slices.Concat([]byte{0x46}, whole[1:20], []byte{1, 1, 1, 0}, whole[20:])
	options[3] += 4
	huge := append(bytes.Clone(whole), make([]byte, 60000)...)
	binary.BigEndian.PutUint16(huge[2:], uint16(len(huge)))
	tests := []struct {
		name string
		send [][]byte
		want packet.Verdict
	}{
		{"fragments", [][]byte{first, second}, packet.Accept},
		{"options", [][]byte{options}, packet.Accept},
		{"60 kB", [][]byte{huge}, packet.DropIPHeader},
	}
	in := new(batch)
	for _, tt := range tests {
		for _, d := range tt.send {
			if err := from.send(datagram{bytes: d, dst: key.addr}); err != nil {
				t.Fatalf("%s: %v", tt.name, err)
			}
		}
		soon(t, tt.name+" is heard", func() bool { return to.receive(in) == 1 })
		p, v := packet.ParseIPv4(in.datagram(0))
		if v != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, v, tt.want)
		}
		if v != packet.Accept {
			continue
		}
		if _, f := packet.NewWire(c).Check(p, time.Time{}); f != 0 {
			t.Errorf("%s: %v", tt.name, f.Verdict())
		}
	}
}

// TestGroupMembership: a group is joined while its socket is open.
func TestGroupMembership(t *testing.T) {
	a, _ := wires(t)
	for group, family := range map[string]string{"224.0.0.88": "-4", "ff02::99": "-6"} {
		s, err := openRaw(sockKey{false, a, netip.MustParseAddr(group)}, "a")
		if err != nil {
			t.Fatal(err)
		}
		if got := ip(t, family+" maddress show dev a"); !strings.Contains(got, group) {
			t.Errorf("not joined: %s", got)
		}
		s.close()
		if got := ip(t, family+" maddress show dev a"); strings.Contains(got, group) {
			t.Errorf("not left: %s", got)
		}
	}
}

// TestUnicastSourceMayBeMissing: the socket waits for its address (IP_FREEBIND).
func TestUnicastSourceMayBeMissing(t *testing.T) {
	a, _ := wires(t)
	for _, addr := range []string{"10.0.0.77", "fd00::77"} {
		opened(t, sockKey{false, a, netip.MustParseAddr(addr)}, "a")
		opened(t, sockKey{false, 0, netip.MustParseAddr(addr)}, "")
	}
}

func TestOpenSocketFails(t *testing.T) {
	wires(t)
	if _, err := openRaw(sockKey{false, 77, netip.MustParseAddr("224.0.0.18")}, "gone0"); !errors.Is(err, unix.ENODEV) || !strings.Contains(err.Error(), "SO_BINDTODEVICE") {
		t.Errorf("error %v", err)
	}
	if _, err := openRaw(sockKey{false, 77, netip.MustParseAddr("224.0.0.18")}, "a"); err == nil || !strings.Contains(err.Error(), "join 224.0.0.18 on a") {
		t.Errorf("error %v", err)
	}
}

// TestAdvertFilter runs the filters in the virtual machine of x/net, for every VRID.
func TestAdvertFilter(t *testing.T) {
	t.Parallel()
	group4, group6 := netip.MustParseAddr("224.0.0.18"), netip.MustParseAddr("ff02::12")
	want := [256]bool{1: true, 31: true, 32: true, 51: true, 128: true, 254: true, 255: true}
	for name, tt := range map[string]struct {
		key    sockKey
		before []byte // of the message
	}{
		"IPv4":         {sockKey{addr: group4}, append([]byte{0x45}, make([]byte, 19)...)},
		"IPv4 options": {sockKey{addr: group4}, append([]byte{0x4f}, make([]byte, 59)...)},
		"AH":           {sockKey{ah: true, addr: group4}, append([]byte{0x46}, make([]byte, 23+24)...)},
		"IPv6":         {sockKey{addr: group6}, nil},
	} {
		vm, err := bpf.NewVM(advertFilter(tt.key, &want))
		if err != nil {
			t.Fatal(err)
		}
		var got [256]bool
		for vrid := range got {
			n, err := vm.Run(append(bytes.Clone(tt.before), 0x31, byte(vrid), 100, 0, 0, 0, 0, 0))
			if err != nil {
				t.Fatal(err)
			}
			got[vrid] = n > 0
		}
		if diff := gocmp.Diff(want, got); diff != "" {
			t.Errorf("%s: taken (-want +got):\n%s", name, diff)
		}
		if n, err := vm.Run(append(bytes.Clone(tt.before), 0x31)); err != nil || n != 0 {
			t.Errorf("%s: a packet of one byte: %d, %v", name, n, err)
		}
		all, err := bpf.NewVM(advertFilter(tt.key, nil))
		if err != nil {
			t.Fatal(err)
		}
		if n, err := all.Run([]byte{0x45}); err != nil || n == 0 {
			t.Errorf("%s: with all wanted: %d, %v", name, n, err)
		}
	}
}

// TestSocketAllocates nothing, sending or receiving.
func TestSocketAllocates(t *testing.T) {
	a, b := wires(t)
	for _, group := range []string{"224.0.0.18", "ff02::12"} {
		key := sockKey{false, a, netip.MustParseAddr(group)}
		from := opened(t, key, "a")
		key.index = b
		to := opened(t, key, "b")
		c := packet.Config{Version: 3, VRID: 51, AdvertInt: time.Second, Group: key.addr, IPv6: key.ipv6()}
		w := packet.NewWire(c)
		if w.Source = netip.MustParseAddr("10.0.0.1"); c.IPv6 {
			w.Source = linkLocal(t, "a")
		}
		in := new(batch)
		if n := testing.AllocsPerRun(50, func() {
			w.Begin(100, time.Time{})
			if err := from.send(datagram{w.To(key.addr), w.Source, key.addr, 255}); err != nil {
				t.Fatal(err)
			}
			for to.receive(in) == 0 {
			}
		}); n != 0 {
			t.Errorf("%s: %v allocations", group, n)
		}
	}
}

// BenchmarkSocket is the whole way of an advert through the kernel, by batches.
func BenchmarkSocket(b *testing.B) {
	ia, ib := wires(b)
	key := sockKey{false, ia, netip.MustParseAddr("224.0.0.18")}
	from := opened(b, key, "a")
	key.index = ib
	to := opened(b, key, "b")
	w := packet.NewWire(packet.Config{Version: 3, VRID: 51, AdvertInt: time.Second, Group: key.addr})
	w.Source = netip.MustParseAddr("10.0.0.1")
	in := new(batch)
	send := func() {
		w.Begin(100, time.Time{})
		if err := from.send(datagram{w.To(key.addr), w.Source, key.addr, 255}); err != nil {
			b.Fatal(err)
		}
	}
	b.Run("send", func(b *testing.B) {
		for b.Loop() {
			send()
		}
	})
	for to.receive(in) > 0 {
	}
	for _, size := range []int{1, batchSize} {
		b.Run(fmt.Sprintf("send and receive by %d", size), func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				if send(); i%size == 0 {
					for to.receive(in) == batchSize {
					}
				}
			}
		})
	}
}
