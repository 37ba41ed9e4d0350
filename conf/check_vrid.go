// SPDX-License-Identifier: Apache-2.0

package conf

import "slices"

// sharedVRIDs refuses two instances that would take each other's adverts.
func (f *finisher) sharedVRIDs(all []*Instance) {
	type key struct {
		vrid   uint8
		family Family
		iface  string
	}
	seen := map[key][]*Instance{}
	for _, vi := range all {
		k := key{vi.VRID, vi.Family, vi.Interface}
		for _, other := range seen[k] {
			if collide(vi, other) {
				f.c.addHint(codeVRIDInUse, vi.Pos, "give each its own virtual_router_id",
					"%s and %s both use virtual_router_id %d on interface %s", other.Name, vi.Name, vi.VRID, vi.Interface)
				break
			}
		}
		seen[k] = append(seen[k], vi)
	}
}

// collide says whether two instances of one interface and VRID cannot be told
// apart: the same group, or a common peer.
func collide(a, b *Instance) bool {
	if a.Unicast() != b.Unicast() {
		return false
	}
	if !a.Unicast() {
		return a.Multicast == b.Multicast
	}
	for _, p := range a.Peers {
		if slices.Contains(b.Peers, p) {
			return true
		}
	}
	return false
}
