// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"errors"
	"fmt"
	"net/netip"

	"vipward/conf"
	"vipward/vrrp/packet"
)

// maxTTL is the hop count that every advert is sent with (RFC 9568 section 5.1.1.3).
const maxTTL = 255

// wireOf is what the instance's adverts look like.
func wireOf(c *conf.Instance) packet.Wire {
	w := packet.Wire{
		Version: c.Version, VRID: c.VRID, AdvertInt: c.AdvertInt,
		AuthType: uint8(c.AuthType), Unicast: c.Unicast(), Group: c.Multicast,
	}
	copy(w.AuthData[:], c.AuthPass)
	for _, a := range c.VIPs {
		w.Addrs = append(w.Addrs, a.Prefix.Addr())
	}
	return w
}

// sendAdvert sends one advert to the group or to every peer.
func (vi *instance) sendAdvert(priority uint8) (err error) {
	vi.left = false
	if vi.sock == nil || !vi.source.IsValid() || !vi.usable() {
		return nil // the Fault state says why
	}
	defer func() { vi.left = priority == 0 && err == nil }()
	if vi.ipID++; vi.ipID == 0 {
		vi.ipID = 1 // the kernel would choose an id for 0
	}
	vi.sent++
	if !vi.cfg.Unicast() {
		return vi.sendTo(vi.cfg.Multicast, priority)
	}
	var errs []error
	for _, peer := range vi.cfg.Peers {
		errs = append(errs, vi.sendTo(peer, priority))
	}
	return errors.Join(errs...)
}

func (vi *instance) sendTo(dst netip.Addr, priority uint8) error {
	const room = 20
	vi.out = append(vi.out[:0], make([]byte, room)...)
	vi.out = vi.wire.Append(vi.out, vi.source, dst, priority)
	h, err := header(vi.source, dst, vi.ipID, maxTTL, len(vi.out)-room)
	if err != nil {
		return err
	}
	copy(vi.out, h)
	if err := vi.sock.send(vi.out, dst); err != nil {
		return fmt.Errorf("send advert to %s: %w", dst, err)
	}
	return nil
}
