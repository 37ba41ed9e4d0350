// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"errors"
	"fmt"
	"net/netip"
	"time"
)

// datagram is one advert on its way out.
type datagram struct {
	bytes    []byte // IPv4: with its header; IPv6: the payload
	src, dst netip.Addr
	hops     int // IPv6: -1 is the kernel's default
}

// sendAdvert sends one advert to the group or to every peer.
func (vi *instance) sendAdvert(priority uint8) (err error) {
	vi.left = false
	if vi.sock == nil || !vi.source.IsValid() || !vi.usable() {
		return nil // the Fault state says why
	}
	defer func() { vi.left = priority == 0 && err == nil }()
	vi.wire.Begin(priority, time.Now())
	vi.loop.unsaved = vi.loop.unsaved || vi.wire.Outdated()
	if !vi.cfg.Unicast() {
		return vi.sendTo(vi.cfg.Multicast)
	}
	var errs []error
	for _, peer := range vi.cfg.Peers {
		if err := vi.sendTo(peer); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

func (vi *instance) sendTo(dst netip.Addr) error {
	d := datagram{bytes: vi.wire.To(dst), src: vi.source, dst: dst, hops: vi.hops}
	if err := vi.sock.send(d); err != nil {
		return fmt.Errorf("send advert to %s: %w", dst, err)
	}
	return nil
}
