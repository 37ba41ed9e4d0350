// SPDX-License-Identifier: Apache-2.0

package netif_test

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"testing"

	"vipward/netif"
	"vipward/netif/netiffake"
)

// TestPlanFromAnyToAny jumps between random sets of addresses. After each jump the kernel
// has exactly the wanted ones, and a second plan finds nothing to do.
func TestPlanFromAnyToAny(t *testing.T) {
	t.Parallel()
	for _, promote := range []bool{false, true} {
		seed := rand.Uint64()
		t.Run(fmt.Sprintf("promote=%v", promote), func(t *testing.T) {
			t.Parallel()
			rnd := rand.New(rand.NewPCG(seed, 0))
			kernel := &netiffake.Kernel{Tolerant: true, PromoteSecondaries: promote}
			for range 2000 {
				want := randomHoldings(rnd)
				kernel.Apply(netif.Plan(kernel.Has(), want))
				wanted := &netiffake.Kernel{}
				for _, err := range wanted.Apply(netif.Plan(netif.Holdings{}, want)) {
					if err != nil {
						t.Fatalf("seed %d: %v", seed, err)
					}
				}
				if got, want := kernel.String(), wanted.String(); got != want {
					t.Fatalf("seed %d: got\n%s\nwant\n%s", seed, got, want)
				}
				if ops := netif.Plan(kernel.Has(), want); ops != nil {
					t.Fatalf("seed %d: not at rest: %v", seed, ops)
				}
			}
		})
	}
}

// TestPlanIsMinimal jumps between sets without common subnets, where no address may be
// touched needlessly: the strict kernel refuses that.
func TestPlanIsMinimal(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	rnd := rand.New(rand.NewPCG(seed, 0))
	kernel := &netiffake.Kernel{}
	for range 1000 {
		var want []netif.Addr
		for i := range 8 {
			if rnd.IntN(2) == 0 {
				want = append(want, netif.Addr{Index: 2, Prefix: netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(i), 0, 1}), 24)})
			}
		}
		for _, err := range kernel.Apply(netif.Plan(kernel.Has(), netif.Holdings{Addrs: want})) {
			if err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
		}
	}
}

// randomHoldings draws addresses, routes that may need one of them, and rules.
func randomHoldings(rnd *rand.Rand) netif.Holdings {
	h := netif.Holdings{Addrs: randomAddrs(rnd)}
	for i := range 6 {
		r := netif.Route{Dst: netip.PrefixFrom(netip.AddrFrom4([4]byte{192, 0, 2, byte(i * 16)}), 28), Table: 254, Type: 1, Protocol: netif.Protocol}
		r.Metric = uint32(rnd.IntN(2))
		if rnd.IntN(2) == 0 && len(h.Addrs) > 0 {
			if src := h.Addrs[rnd.IntN(len(h.Addrs))].Prefix.Addr(); src.Is4() {
				r.Src = src
			}
		}
		if rnd.IntN(3) > 0 {
			h.Routes = append(h.Routes, r)
		}
		if rnd.IntN(2) == 0 {
			h.Rules = append(h.Rules, netif.Rule{Family: 4, Priority: uint32(rnd.IntN(3) * 10), Protocol: netif.Protocol, Action: 1, Table: uint32(100 + i)})
		}
	}
	return h
}

// randomAddrs draws some of a few addresses, so that subnets, interfaces and prefix
// lengths collide often.
func randomAddrs(rnd *rand.Rand) []netif.Addr {
	var list []netif.Addr
	for index := 2; index <= 3; index++ {
		for last := byte(1); last <= 4; last++ {
			if rnd.IntN(2) == 0 {
				continue
			}
			a := netif.Addr{Index: index, Prefix: netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 0, 0, last}), 24+8*rnd.IntN(2))}
			if rnd.IntN(3) == 0 {
				a.Label = "a:vip"
			}
			list = append(list, a)
		}
		if rnd.IntN(2) == 0 {
			list = append(list, netif.Addr{Index: index, Prefix: netip.MustParsePrefix("2001:db8::1/64")})
		}
	}
	rnd.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	return list
}
