// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"slices"
	"time"
)

// auth settles authentication: only VRRPv2 has any.
func (f *finisher) auth(i *instanceDraft, out *Instance) {
	switch {
	case i.auth.kind == "" && !i.auth.pass.ok:
	case out.Strict:
		f.c.add(codeConflict, i.authPos, "(%s) strict mode has no authentication; ignored", i.name)
	case out.Version == 3:
		f.c.add(codeConflict, i.authPos, "(%s) VRRP version 3 has no authentication; ignored", i.name)
	case i.auth.kind == "":
		// As keepalived: a password without a type means nothing.
	case i.auth.pass.or("") == "":
		f.c.add(codeConflict, i.authPos, "(%s) authentication without a password; ignored", i.name)
	case i.auth.kind == "AH" && out.Family == IPv6:
		f.c.add(codeConflict, i.authPos, "(%s) authentication AH does not work with IPv6; ignored", i.name)
	default:
		out.AuthType, out.AuthPass = AuthPass, i.auth.pass.val
		if i.auth.kind == "AH" {
			out.AuthType = AuthAH
		}
	}
	if out.AuthType == AuthAH && out.WantState == stateMaster && !out.Owner() {
		f.c.add(codeConflict, i.authPos, "(%s) state MASTER does not go with authentication AH; BACKUP is used", i.name)
		out.WantState = stateBackup
	}
}

// hmac settles auth_hmac: a key that signs, and the window of time.
func (f *finisher) hmac(i *instanceDraft, out *Instance) {
	if i.hmac == nil {
		return
	}
	h := *i.hmac
	switch {
	case out.AuthType != AuthNone:
		f.c.add(codeConflict, h.Pos, "(%s) auth_hmac and authentication exclude each other; auth_hmac is ignored", i.name)
		return
	case len(h.Keys) == 0:
		f.c.add(codeConflict, h.Pos, "(%s) auth_hmac has no usable key; it is ignored", i.name)
		return
	case !slices.ContainsFunc(h.Keys, func(k HMACKey) bool { return k.ID == h.Active }):
		f.c.add(codeConflict, h.Pos, "(%s) auth_hmac: active_key must name one of the keys; auth_hmac is ignored", i.name)
		return
	}
	if h.Window == 0 {
		h.Window = max(3*out.AdvertInt, 5*time.Second)
	}
	out.HMAC = &h
}
