// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"fmt"
	"maps"
	"math"
	"net/netip"
	"slices"
	"strings"

	"vipward/conf"
)

// keyed is an instance of the time before: its key, and the peers that it had.
type keyed struct {
	key   string
	peers []netip.Addr
}

// twinMark stands between the key that several instances share and their number.
const twinMark = " #"

// instanceKeys gives the key of each instance of a configuration. Unicast instances may differ
// in nothing but their peers: such twins go on as the one before that had the same peers, or
// else most of them.
func instanceKeys(cfg *conf.Config, before []keyed) []string {
	old := map[string][]keyed{}
	for _, k := range before {
		shared, _, _ := strings.Cut(k.key, twinMark)
		old[shared] = append(old[shared], k)
	}
	keys := make([]string, len(cfg.Instances))
	twins := map[string][]int{}
	for i, c := range cfg.Instances {
		key := instanceKey(c)
		twins[key] = append(twins[key], i)
	}
	for shared, list := range twins {
		inherit(cfg, list, old[shared], keys)
		renumber(shared, list, keys)
	}
	return keys
}

// inherit gives twins the keys of those before, the most alike first.
func inherit(cfg *conf.Config, twins []int, old []keyed, keys []string) {
	for {
		best, from, to := -1, 0, 0
		for _, i := range twins {
			for k := range old {
				if likeness := alike(cfg.Instances[i].Peers, old[k].peers); keys[i] == "" && likeness > best {
					best, from, to = likeness, k, i
				}
			}
		}
		if best < 0 {
			return
		}
		keys[to] = old[from].key
		old = slices.Delete(old, from, from+1)
	}
}

// alike says how much two lists of peers have in common: nothing is 0, everything is most.
func alike(a, b []netip.Addr) int {
	all, common := map[netip.Addr]bool{}, 0
	for _, ip := range a {
		all[ip] = true
	}
	for _, ip := range b {
		if all[ip] {
			common++
		}
		all[ip] = true
	}
	if common == len(all) {
		return math.MaxInt
	}
	return common
}

// renumber gives new keys to those that inherited none.
func renumber(shared string, twins []int, keys []string) {
	used := map[string]bool{}
	for _, i := range twins {
		used[keys[i]] = true
	}
	for _, i := range twins {
		key := shared
		for n := 2; keys[i] == "" && used[key]; n++ {
			key = fmt.Sprintf("%s%s%d", shared, twinMark, n)
		}
		if keys[i] == "" {
			keys[i], used[key] = key, true
		}
	}
}

// before lists the instances of an earlier process in a fixed order.
func (s savedState) before() []keyed {
	var list []keyed
	for _, key := range slices.Sorted(maps.Keys(s.Instances)) {
		list = append(list, keyed{key, s.Instances[key].Peers})
	}
	return list
}

// running lists the instances of now.
func (l *loop) running() []keyed {
	var list []keyed
	for _, vi := range l.vis {
		list = append(list, keyed{vi.key, vi.cfg.Peers})
	}
	return list
}
