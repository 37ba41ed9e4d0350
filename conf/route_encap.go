// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"math"
	"strconv"
	"strings"
)

// encap reads a light-weight tunnel.
func (r *routeReader) encap(option Arg) *Encap {
	kind, ok := r.arg(option)
	if !ok {
		return nil
	}
	e := &Encap{Kind: kind.Text}
	switch kind.Text {
	case "ip", "ip6":
		r.encapIP(e, kind)
	case "mpls":
		r.encapMPLS(e, kind)
	case "ila":
		if a, ok := r.arg(kind); ok {
			e.Locator = a.Text
		}
	default:
		r.fail(codeValue, kind.Pos, "unknown encap %q, not one of ip, ip6, mpls, ila", kind.Text)
	}
	return e
}

// maxLabel is the largest label of MPLS.
const maxLabel = 1<<20 - 1

func (r *routeReader) encapMPLS(e *Encap, kind Arg) {
	a, ok := r.arg(kind)
	if !ok {
		return
	}
	for _, label := range strings.Split(a.Text, "/") {
		v, err := strconv.ParseUint(label, 0, 32)
		if err != nil || v > maxLabel {
			r.fail(codeValue, a.Pos, "encap mpls: %q is not a list of labels", a.Text)
			return
		}
		e.Labels = append(e.Labels, uint32(v))
	}
}

// encapIP reads pairs of words as long as they belong to it.
func (r *routeReader) encapIP(e *Encap, kind Arg) {
	family := r.family
	id := false
	for !r.bad && r.i < len(r.words) {
		a := r.words[r.i]
		r.i++
		r.family = 0 // the tunnel has a family of its own
		switch a.Text {
		case "id":
			if v, ok := r.number(a, 0, math.MaxUint32); ok {
				e.ID, id = uint64(v), true
			}
		case "dst":
			e.Dst = r.address(a)
		case "src":
			e.Src = r.address(a)
		case "tos", "tc", "dsfield":
			e.TOS = uint8(r.name(a, nameTOS, 255).ID)
		case "ttl", "hoplimit":
			if v, ok := r.number(a, 0, 255); ok {
				e.TTL = uint8(v)
			}
		case "flags":
			if v, ok := r.number(a, 0, math.MaxUint16); ok {
				e.Flags = uint16(v)
			}
		default:
			r.i--
			r.family = family
			r.encapWants(e, kind, id)
			return
		}
	}
	r.family = family
	r.encapWants(e, kind, id)
}

func (r *routeReader) encapWants(e *Encap, kind Arg, id bool) {
	if !e.Dst.IsValid() && !id {
		r.fail(codeValue, kind.Pos, "encap %s needs dst or id", kind.Text)
	}
}
