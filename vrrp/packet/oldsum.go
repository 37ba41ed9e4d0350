// SPDX-License-Identifier: Apache-2.0

package packet

import (
	"net/netip"
	"slices"
)

// usesOldSum says whether the last advert of that peer had the old checksum.
func (w *Wire) usesOldSum(peer netip.Addr) bool {
	return len(w.oldSum) > 0 && slices.Contains(w.oldSum, peer)
}

// learnSum remembers which checksum a peer uses, so that it gets the same from us, and says
// when that changes. keepalived goes over to the old one for good, and for all its peers.
func (w *Wire) learnSum(from netip.Addr, old bool) Findings {
	if old == w.usesOldSum(from) || w.config.OldSum != OldSumAuto || w.peer(from) == nil {
		return 0
	}
	if old {
		w.oldSum = append(w.oldSum, from)
		return of(AcceptOldSum)
	}
	w.oldSum = slices.DeleteFunc(w.oldSum, func(a netip.Addr) bool { return a == from })
	return of(AcceptNewSum)
}
