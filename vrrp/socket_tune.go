// SPDX-License-Identifier: Apache-2.0

package vrrp

import "vipward/conf"

// Receive buffers, in bytes as the kernel counts them: each packet costs it some hundred
// bytes more than its length.
const (
	// rcvBuf holds a burst of adverts of some thousand instances.
	rcvBuf = 4 << 20
	// minRcvBuf is the least, whatever is configured.
	minRcvBuf = 256 << 10
)

// tuning is what a socket's receiving depends on.
type tuning struct {
	vrids  *[256]bool // to be delivered; nil: all
	rcvBuf int
}

// tuneSockets makes the kernel deliver what the instances of now want. A flood of adverts
// for other virtual routers then costs no more than a look at one byte each.
func (l *loop) tuneSockets() {
	for _, s := range l.socks {
		if s.stale {
			s.stale = false
			if err := s.tune(l.tuningOf(s)); err != nil {
				l.env.Log.Warn(tuneFailedLine(s.name, err))
			}
		}
	}
}

// retune is called when the configuration changed.
func (l *loop) retune() {
	for _, s := range l.socks {
		s.stale = true
	}
}

func (l *loop) tuningOf(s *socket) tuning {
	var t tuning
	if !l.cfg.Global.VRRP.LogUnknownVRIDs {
		t.vrids = &[256]bool{}
	}
	for vrid, list := range s.byVRID {
		if t.vrids != nil {
			t.vrids[vrid] = len(list) > 0
		}
		for _, vi := range list {
			t.rcvBuf += vi.rcvShare(&l.cfg.Global.VRRP)
		}
	}
	if t.rcvBuf == 0 {
		t.rcvBuf = rcvBuf
	}
	t.rcvBuf = max(t.rcvBuf, minRcvBuf)
	return t
}

// rcvShare is what the instance adds to the receive buffer of its socket; 0: nothing is
// configured.
func (vi *instance) rcvShare(g *conf.GlobalVRRP) int {
	const headers = 60 + 24 + 28 // IPv4 with options, AH, auth_hmac
	multiplier := int(max(g.RxBufsMultiplier, 1))
	switch {
	case vi.cfg.KernelRxBufSize > 0:
		return vi.cfg.KernelRxBufSize
	case g.RxBufsBytes > 0:
		return int(g.RxBufsBytes) * multiplier
	case g.RxBufsMTU:
		return max(vi.link.MTU, 1500) * multiplier
	case g.RxBufsAdvert:
		return (headers + 16 + 16*len(vi.cfg.VIPs)) * multiplier
	}
	return 0
}
