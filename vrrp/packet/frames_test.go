// SPDX-License-Identifier: Apache-2.0

package packet

import (
	"encoding/binary"
	"encoding/hex"
	"net/netip"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
)

// addrs parses a list of addresses.
func addrs(list ...string) []netip.Addr {
	var out []netip.Addr
	for _, a := range list {
		out = append(out, netip.MustParseAddr(a))
	}
	return out
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func pass(password string) (data [8]byte) {
	copy(data[:], password)
	return data
}

// frame is an IP packet that keepalived sent, and what made it.
type frame struct {
	name     string
	config   Config
	priority uint8
	hex      string
}

// frames were captured from keepalived 2.2.7, those with v3_checksum_as_v2 from 2.4.3.
func frames() []frame {
	group6 := netip.MustParseAddr("ff02::12")
	peer := func(list ...string) (peers []Peer) {
		for _, a := range addrs(list...) {
			peers = append(peers, Peer{Addr: a, MaxTTL: 255})
		}
		return peers
	}
	unicast := Config{Version: 2, VRID: 51, AdvertInt: second, TTL: 255, Peers: peer("10.0.0.2", "10.0.0.3"), Addrs: addrs("10.0.0.100")}
	four := Config{Version: 2, VRID: 51, AdvertInt: second, Group: group, Addrs: addrs("10.0.0.100", "10.0.0.101", "10.0.0.103", "10.0.0.102")}
	ah := Config{Version: 2, VRID: 51, AdvertInt: second, Group: group, Auth: AuthAH, Password: pass("secret12"), Addrs: addrs("10.0.0.100", "10.0.0.101")}
	with := func(c Config, change func(*Config)) Config {
		change(&c)
		return c
	}
	return []frame{
		{
			"v2, four addresses", four,
			255, "45c0003400010000ff70d0850a000001e00000122133ff040001b6300a0000640a0000650a0000670a0000660000000000000000",
		},
		{
			"v2, priority 0 with all addresses", four,
			0, "45c0003400050000ff70d0810a000001e0000012213300040001b5310a0000640a0000650a0000670a0000660000000000000000",
		},
		{
			"v2, password of eight",
			Config{Version: 2, VRID: 52, AdvertInt: second, Group: group, Addrs: addrs("10.0.0.110"), Auth: AuthPass, Password: pass("secret12")},
			255, "45c0002800010000ff70d0910a000001e00000122134ff01010166dc0a00006e7365637265743132",
		},
		{
			"v2, short password, three seconds",
			Config{Version: 2, VRID: 53, AdvertInt: 3 * second, Group: group, Addrs: addrs("10.0.0.111", "10.0.0.112"), Auth: AuthPass, Password: pass("abc")},
			255, "45c0002c00010000ff70d08d0a000001e00000122135ff02010305830a00006f0a0000706162630000000000",
		},
		{
			"v2, another group",
			Config{Version: 2, VRID: 51, AdvertInt: second, Group: netip.MustParseAddr("224.0.0.88"), Addrs: addrs("10.0.0.100")},
			255, "45c0002800020000ff70d04a0a000001e00000582133ff010001d5650a0000640000000000000000",
		},
		{
			"v2, unicast, TTL 64", with(unicast, func(c *Config) { c.TTL = 64 }),
			255, "45c0002800010000407065a20a0000010a0000032133ff010001d5650a0000640000000000000000",
		},
		{
			"v2, unicast, password",
			with(unicast, func(c *Config) {
				c.VRID, c.Addrs, c.Auth, c.Password = 52, addrs("10.0.0.101"), AuthPass, pass("abcdefgh")
			}),
			255, "45c0002800020000ff70a6a10a0000010a0000022134ff01010142ce0a0000656162636465666768",
		},
		{
			"AH, first", ah,
			100, "45c0004400010000ff33d0b20a000001e0000012700400000a000001000000013ba1bfb91f43bc4e0a7627d021336402020164000a0000640a0000650000000000000000",
		},
		{
			"AH, second", ah,
			100, "45c0004400020000ff33d0b10a000001e0000012700400000a000001000000029933d2b1156ccea1c8dc8cda21336402020164000a0000640a0000650000000000000000",
		},
		{
			"AH, priority 0", ah,
			0, "45c0004400040000ff33d0af0a000001e0000012700400000a0000010000000427fc5953914f195699af8919213300020201c8000a0000640a0000650000000000000000",
		},
		{
			"AH, unicast", with(unicast, func(c *Config) { c.Auth, c.Password = AuthAH, pass("secret12") }),
			100, "45c0004000010000ff33a6c70a0000010a000002700400000a00000100000001ca0af9ee33953077b213c7cc2133640102016e660a0000640000000000000000",
		},
		{
			"AH, unicast, priority 0", with(unicast, func(c *Config) { c.Auth, c.Password = AuthAH, pass("secret12") }),
			0, "45c0004000040000ff33a6c40a0000010a000002700400000a0000010000000487a22c30a7eca666fe97c8d7213300010201d2660a0000640000000000000000",
		},
		{
			"v3, half a second, two addresses",
			Config{Version: 3, VRID: 51, AdvertInt: second / 2, Group: group, Addrs: addrs("10.0.0.100", "10.0.0.101")},
			255, "45c0002400010000ff70d0950a000001e00000123133ff020032d03a0a0000640a000065",
		},
		{
			"v3, longest interval",
			Config{Version: 3, VRID: 52, AdvertInt: 40950 * time.Millisecond, Group: group, Addrs: addrs("10.0.0.102")},
			255, "45c0002000010000ff70d0990a000001e00000123134ff010fffcad40a000066",
		},
		{
			"v3, priority 0",
			Config{Version: 3, VRID: 52, AdvertInt: 40950 * time.Millisecond, Group: group, Addrs: addrs("10.0.0.102")},
			0, "45c0002000020000ff70d0980a000001e0000012313400010fffc9d50a000066",
		},
		{
			"v3, 10 centiseconds, priority 1",
			Config{Version: 3, VRID: 51, AdvertInt: 100 * time.Millisecond, Group: group, Addrs: addrs("10.0.0.100")},
			1, "45c0002000010000ff70d0990a000001e000001231330101000ad8cd0a000064",
		},
		{
			"v3, checksum as v2",
			Config{Version: 3, VRID: 53, AdvertInt: second, Group: group, Addrs: addrs("10.0.0.103"), SumAsV2: true},
			255, "45c0002000020000ff70d0980a000001e00000123135ff010064c4fd0a000067",
		},
		{
			"v3, unicast", with(unicast, func(c *Config) { c.Version = 3 }),
			255, "45c0002000020000ff70a6a90a0000010a0000023133ff010064b0830a000064",
		},
		{
			"v3, unicast, old checksum",
			with(unicast, func(c *Config) { c.Version, c.VRID, c.Addrs, c.OldSum = 3, 52, addrs("10.0.0.101"), OldSumOn }),
			255, "45c0002000010000ff70a6aa0a0000010a0000023134ff010064da700a000065",
		},
		{
			"IPv6, three addresses",
			Config{Version: 3, IPv6: true, VRID: 51, AdvertInt: second, Group: group6, Addrs: addrs("fe80::100", "fd00::100", "fd00::101")},
			255, "6c04cc35003870fffe80000000000000000000fffe00000aff0200000000000000000000000000123133ff030064d698fe800000000000000000000000000100fd000000000000000000000000000100fd000000000000000000000000000101",
		},
		{
			"IPv6, another group",
			Config{Version: 3, IPv6: true, VRID: 53, AdvertInt: second, Group: netip.MustParseAddr("ff02::99"), Addrs: addrs("fe80::5")},
			255, "6c0729d8001870fffe80000000000000000000fffe00000aff0200000000000000000000000000993135ff010064d32ffe800000000000000000000000000005",
		},
		{
			"IPv6, unicast",
			Config{Version: 3, IPv6: true, VRID: 52, AdvertInt: second, Peers: peer("fd00::2"), Addrs: addrs("fd00::110")},
			255, "6c0eb05e00187040fd000000000000000000000000000001fd0000000000000000000000000000023134ff010064d6c7fd000000000000000000000000000110",
		},
		{
			"IPv6, v2",
			Config{Version: 2, IPv6: true, VRID: 52, AdvertInt: second, Group: group6, Addrs: addrs("fe80::200")},
			100, "6c0f1c05001870fffe80000000000000000000fffe00000aff020000000000000000000000000012213464010001" + "7d20" + "fe800000000000000000000000000200",
		},
		{
			"IPv6, v2, password",
			Config{Version: 2, IPv6: true, VRID: 53, AdvertInt: second, Group: group6, Addrs: addrs("fe80::201"), Auth: AuthPass, Password: pass("secret12")},
			100, "6c0f1c05001870fffe80000000000000000000fffe00000aff020000000000000000000000000012213564010101" + "7c1e" + "fe800000000000000000000000000201",
		},
	}
}

// parse takes a captured IP packet apart, as the sockets would.
func parse(t testing.TB, b []byte) Packet {
	t.Helper()
	p, v := ParseIPv4(b)
	if b[0]>>4 == 6 {
		p, v = ParseIPv6(b[40:], netip.AddrFrom16([16]byte(b[8:24])), netip.AddrFrom16([16]byte(b[24:40])), b[7])
	}
	if v != Accept {
		t.Fatalf("captured packet: %v", v)
	}
	return p
}

// TestSendAsKeepalived compares our adverts with captured ones, byte for byte.
func TestSendAsKeepalived(t *testing.T) {
	t.Parallel()
	for _, f := range frames() {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			want := unhex(t, f.hex)
			p := parse(t, want)
			w := NewWire(f.config)
			w.Source = p.Src
			if f.config.IPv6 {
				want = want[40:]
			} else {
				w.ipID = binary.BigEndian.Uint16(want[4:]) - 1
			}
			if p.AH != nil {
				w.ah.sequence = binary.BigEndian.Uint32(p.AH[8:]) - 1
			}
			w.Begin(f.priority, time.Time{})
			if diff := gocmp.Diff(hex.EncodeToString(want), hex.EncodeToString(w.To(p.Dst))); diff != "" {
				t.Errorf("advert (-want +got):\n%s", diff)
			}
		})
	}
}

// TestCheckOfKeepalived accepts what keepalived sends.
func TestCheckOfKeepalived(t *testing.T) {
	t.Parallel()
	for _, f := range frames() {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			p := parse(t, unhex(t, f.hex))
			w := NewWire(f.config)
			got, found := w.Check(p, time.Time{})
			want := Advert{From: p.Src, Priority: f.priority, Interval: f.config.AdvertInt}
			if found != 0 || got != want {
				t.Errorf("got %+v, %v; want %+v", got, found.Verdict(), want)
			}
		})
	}
}
