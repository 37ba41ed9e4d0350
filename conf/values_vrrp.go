// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"math"
	"reflect"
	"strings"
	"time"
)

// valueOf makes a value of one word, which must be there.
func valueOf[T any](name string, read func(d *decoder, a Arg, n *Node) (T, bool)) value {
	return value{name: name, out: reflect.TypeFor[T](), read: func(d *decoder, _ *value, n *Node) (any, bool) {
		a, ok := d.need(n, 0)
		if !ok {
			return nil, false
		}
		return read(d, a, n)
	}}
}

// optionalWord is one word, or none.
var optionalWord = value{name: "[STRING]", out: reflect.TypeFor[string](), read: func(_ *decoder, _ *value, n *Node) (any, bool) {
	a, _ := n.arg(0)
	return a.Text, true
}}

// optionalOneOf is one of some words, or none.
func optionalOneOf(words ...string) value {
	return value{name: "[" + strings.Join(words, ", ") + "]", words: words, out: reflect.TypeFor[string](), read: func(d *decoder, v *value, n *Node) (any, bool) {
		a, ok := n.arg(0)
		if !ok {
			return "", true
		}
		return d.word(a, n.Key, v.words)
	}}
}

// optionalNumber is a whole number, or none.
func optionalNumber(lo, hi int) value {
	return value{name: "[NUMBER]", lo: float64(lo), hi: float64(hi), out: reflect.TypeFor[opt[int]](), read: func(d *decoder, v *value, n *Node) (any, bool) {
		a, ok := n.arg(0)
		if !ok {
			return opt[int]{}, true
		}
		got, ok := d.integer(a, n.Key, v.lo, v.hi)
		if !ok {
			return nil, false
		}
		return some(got.(int)), true
	}}
}

// bigNumber is a number that may be too large for an int32.
func bigNumber(lo, hi int) value {
	v := number(lo, hi)
	v.out = reflect.TypeFor[int64]()
	v.read = func(d *decoder, v *value, n *Node) (any, bool) {
		a, ok := d.need(n, 0)
		if !ok {
			return nil, false
		}
		got, ok := d.integer(a, n.Key, v.lo, v.hi)
		if !ok {
			return nil, false
		}
		return int64(got.(int)), true
	}
	return v
}

// u32 reads a number of 32 bits.
func (d *decoder) u32(a Arg, key string, lo uint32) (uint32, bool) {
	got, ok := d.integer(a, key, float64(lo), math.MaxUint32)
	if !ok {
		return 0, false
	}
	return uint32(got.(int)), true
}

// mark is a firewall mark.
var mark = value{name: "NUMBER", lo: 1, hi: math.MaxUint32, out: reflect.TypeFor[uint32](), read: func(d *decoder, _ *value, n *Node) (any, bool) {
	a, ok := d.need(n, 0)
	if !ok {
		return nil, false
	}
	return d.u32(a, n.Key, 1)
}}

// pointerNumber is a number of 32 bits that may be zero, and may be missing.
var pointerNumber = value{name: "NUMBER", lo: 0, hi: math.MaxUint32, out: reflect.TypeFor[*uint32](), read: func(d *decoder, _ *value, n *Node) (any, bool) {
	a, ok := d.need(n, 0)
	if !ok {
		return nil, false
	}
	v, ok := d.u32(a, n.Key, 0)
	return &v, ok
}}

// scaledTime is a whole number of small units.
func scaledTime(name string, lo, hi int, unit time.Duration) value {
	return value{name: name, lo: float64(lo), hi: float64(hi), out: reflect.TypeFor[time.Duration](), read: func(d *decoder, v *value, n *Node) (any, bool) {
		a, ok := d.need(n, 0)
		if !ok {
			return nil, false
		}
		got, ok := d.integer(a, n.Key, v.lo, v.hi)
		if !ok {
			return nil, false
		}
		return time.Duration(got.(int)) * unit, true
	}}
}

// microseconds is a whole number of them.
func microseconds(lo, hi int) value { return scaledTime("MICROSECONDS", lo, hi, time.Microsecond) }

// millis is a number of milliseconds with up to three decimal places.
func millis(lo, hi float64) value {
	return value{name: "MILLISECONDS", lo: lo, hi: hi, out: reflect.TypeFor[time.Duration](), read: func(d *decoder, v *value, n *Node) (any, bool) {
		a, ok := d.need(n, 0)
		if !ok {
			return nil, false
		}
		// Read as seconds, which only the unit tells from them.
		got, ok := d.duration(a, n.Key, v, 3)
		if !ok {
			return nil, false
		}
		return got.(time.Duration) / 1000, true
	}}
}

// maxProcessName is the longest name of a process.
const maxProcessName = 15

var processName = valueOf("NAME", func(d *decoder, a Arg, n *Node) (string, bool) {
	if len(a.Text) > maxProcessName {
		d.c.add(codeAdjusted, a.Pos, "%s: %q is longer than %d characters; the rest is cut off", n.Key, a.Text, maxProcessName)
		return a.Text[:maxProcessName], true
	}
	return a.Text, true
})

// maxCPU is the largest number of a CPU that the kernel's sets have room for.
const maxCPU = 1023

// cpuList is one or more numbers of CPUs.
var cpuList = value{name: "CPU...", out: reflect.TypeFor[[]int](), read: func(d *decoder, _ *value, n *Node) (any, bool) {
	if _, ok := d.need(n, 0); !ok {
		return nil, false
	}
	var out []int
	for _, a := range n.Args {
		v, ok := d.integer(a, n.Key, 0, maxCPU)
		if !ok {
			return nil, false
		}
		out = append(out, v.(int))
	}
	return out, true
}}

// extraValue is [all] SECONDS, in any order.
func extraValue(least int) value {
	const day = 86400
	return value{name: "[all] SECONDS", out: reflect.TypeFor[extraGARP](), read: func(d *decoder, _ *value, n *Node) (any, bool) {
		var e extraGARP
		timed := false
		for _, a := range n.Args {
			if a.Text == "all" {
				e.all = true
				continue
			}
			v, ok := d.integer(a, n.Key, float64(least), day)
			if !ok {
				return nil, false
			}
			e.every, timed = time.Duration(v.(int))*time.Second, true
		}
		if !timed {
			d.c.add(codeMissingMild, n.Pos, "%s needs a number of seconds; ignored", n.Key)
		}
		return e, timed
	}}
}

// rxBufs is what sizes the receive buffers of adverts.
type rxBufs struct {
	mtu, advert bool
	bytes       int64
}

// rxPolicy is MTU, ADVERT or a number of bytes.
var rxPolicy = value{name: "MTU, ADVERT or BYTES", out: reflect.TypeFor[rxBufs](), read: func(d *decoder, _ *value, n *Node) (any, bool) {
	a, ok := d.need(n, 0)
	if !ok {
		return nil, false
	}
	if b, more := n.arg(1); more && strings.EqualFold(a.Text, "MTU") && strings.EqualFold(b.Text, "ADVERT") {
		d.c.add(codeConflict, b.Pos, "%s: MTU and ADVERT exclude each other; %s is ignored", n.Key, b.Text)
	}
	switch strings.ToUpper(a.Text) {
	case "MTU":
		return rxBufs{mtu: true}, true
	case "ADVERT":
		return rxBufs{advert: true}, true
	}
	v, ok := d.u32(a, n.Key, 0)
	return rxBufs{bytes: int64(v)}, ok
}}

// pipePath is a path with an optional owner.
var pipePath = value{name: "PATH [USER [GROUP]]", out: reflect.TypeFor[FIFO](), read: func(d *decoder, _ *value, n *Node) (any, bool) {
	path, ok := d.need(n, 0)
	if !ok {
		return nil, false
	}
	user, _ := n.arg(1)
	group, _ := n.arg(2)
	return FIFO{Path: path.Text, User: user.Text, Group: strings.TrimPrefix(group.Text, ":")}, true
}}
