// SPDX-License-Identifier: Apache-2.0

package packet

import "time"

// checkSignature comes before everything that an attacker might gain by.
func (w *Wire) checkSignature(p Packet, now time.Time) Findings {
	if w.config.HMAC == nil {
		return 0
	}
	return of(w.signer.check(p, w.pseudo(p.Src), now))
}

// checkAuth is the authentication of VRRPv2.
func (w *Wire) checkAuth(p Packet, _ time.Time) Findings {
	switch t := p.authType(); {
	case w.config.Version != 2:
		return 0
	case t > AuthAH:
		return of(DropAuthType)
	case t != w.config.Auth:
		return of(DropAuthMismatch)
	case t == AuthPass && !w.config.IPv6 && p.authData() != w.config.Password:
		return of(DropPassword)
	case t == AuthAH:
		return of(w.ah.check(p, w.config.Unicast()))
	}
	return 0
}
